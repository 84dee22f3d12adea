import type { Principal } from '../../shared/access/principal.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import type { RunContext } from '../../shared/build/plan.ts';
import type { Run } from '../../shared/store/documents.ts';
import type { ImageTemplate, RunId, TemplateRef } from '../../shared/template/model.ts';
import type { App } from '../app.ts';
import type { ActivityName, Input, OperationHandle, Output, Probe } from './contract.ts';
import type { StartedOperation } from '../../shared/azure/ports.ts';

/** What an activity may ask of the durable engine itself. */
export type Engine = {
  /** Raises `cancel` on an instance of a run. One that is over, or never started, is no error. */
  cancel(instance: string): Promise<void>;
  /** Raises an event on an instance. One that is over, or not there yet, is no error: it looks for itself. */
  tell(instance: string, event: string): Promise<void>;
  /** Lets runs that wait for their turn look at once. One that cannot be woken looks by itself later. */
  wake(runIds: readonly RunId[]): Promise<void>;
  /** Starts the next request that waits for a template, when it is free. Trouble with that is mended by a timer. */
  advance(ref: TemplateRef): Promise<void>;
  /** How a child ended that the engine reported as failed; it is taken up again as long as that helps. */
  outcome(instance: string): Promise<Probe<Result<unknown>>>;
  /** A line of the app's log. Alerts look for words in it. */
  log(line: string): void;
  /** Starts a run of the newest revision. A template that cannot run now is left as it is. */
  startRun(ref: TemplateRef, reason: string, actor: Principal): Promise<void>;
};

/** The work of one activity. It throws KilnError; `register.ts` turns that into a Result. */
export type Activity<Name extends ActivityName> = (
  app: App,
  input: Input<Name>,
  engine: Engine,
) => Promise<Output<Name>>;

/** Names what is waited for, so that a time-out can say it. */
export function operation(what: string, started: StartedOperation): OperationHandle {
  return started.done ? { done: true } : { ...started, what };
}

export async function templateOf(app: App, run: RunContext): Promise<ImageTemplate> {
  const revision = await app.store.revisions.get(run.ref, run.revision);
  if (revision !== undefined) return revision.template;
  const message = `Revision ${run.revision} of template ${run.ref.name} is gone; the template was deleted while it ran.`;
  throw new KilnError({ code: 'ResourceNotFound', message });
}

export async function runOf(app: Pick<App, 'store'>, { ref, runId }: RunContext): Promise<Run> {
  const run = await app.store.runs.get(ref, runId);
  if (run !== undefined) return run;
  throw new KilnError({ code: 'ResourceNotFound', message: `Run ${runId} of template ${ref.name} is gone.` });
}

/** For looks that may go on for long; what begins something is in the table of `until-canceled.ts`. */
export async function refuseIfCanceled(app: Pick<App, 'store'>, run: RunContext): Promise<void> {
  const { cancelRequestedAt } = await runOf(app, run);
  if (cancelRequestedAt === undefined) return;
  throw new KilnError({ code: 'RunCanceled', message: `The run was canceled at ${cancelRequestedAt}.` });
}
