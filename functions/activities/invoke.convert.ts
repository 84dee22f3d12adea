import type { BuildPlan, RunContext } from '../../shared/model/plan.ts';
import type { App } from '../app.ts';
import type { Effects } from './activity.ts';

/** Any activity: each entry of the table takes its own input. */
export type AnyActivity = (app: App, input: never, engine: Effects) => Promise<unknown>;

/** The engine delivers what an orchestrator passed to `call`, where the contract has checked it. */
export function invoke(work: AnyActivity, app: App, input: unknown, engine: Effects): Promise<unknown> {
  return work(app, input as never, engine);
}

/** The plan that an input carries, where it has one. */
export function planIn(input: unknown): Pick<BuildPlan, 'run' | 'stagingGroup'> | undefined {
  return (input as { plan?: BuildPlan } | null)?.plan;
}

/** The run that an input names, by its plan or itself. */
export function runIn(input: unknown): RunContext | undefined {
  return planIn(input)?.run ?? (input as { run?: RunContext } | null)?.run;
}
