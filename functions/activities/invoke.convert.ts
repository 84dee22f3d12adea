import type { RunContext } from '../../shared/build/plan.ts';
import type { App } from '../app.ts';
import type { Engine } from './activity.ts';

/** Any activity: each entry of the table takes its own input. */
export type AnyActivity = (app: App, input: never, engine: Engine) => Promise<unknown>;

/** The engine delivers what an orchestrator passed to `call`, where the contract has checked it. */
export function invoke(work: AnyActivity, app: App, input: unknown, engine: Engine): Promise<unknown> {
  return work(app, input as never, engine);
}

/** The run that an input is about, where its plan names one. */
export function runIn(input: unknown): RunContext | undefined {
  return (input as { plan?: { run?: RunContext } } | null)?.plan?.run;
}
