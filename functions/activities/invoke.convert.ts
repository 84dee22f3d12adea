import type { BuildPlan } from '../../shared/build/plan.ts';
import type { App } from '../app.ts';
import type { Engine } from './activity.ts';

/** Any activity: each entry of the table takes its own input. */
export type AnyActivity = (app: App, input: never, engine: Engine) => Promise<unknown>;

/** The engine delivers what an orchestrator passed to `call`, where the contract has checked it. */
export function invoke(work: AnyActivity, app: App, input: unknown, engine: Engine): Promise<unknown> {
  return work(app, input as never, engine);
}

/** The plan that an input carries, where it has one. */
export function planIn(input: unknown): Pick<BuildPlan, 'run' | 'stagingGroup'> | undefined {
  return (input as { plan?: BuildPlan } | null)?.plan;
}
