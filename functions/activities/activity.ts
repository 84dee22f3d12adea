import type { Usual } from '../../shared/model/pace.ts';
import { timestamp } from '../../shared/model/time.ts';
import type { Principal } from '../../shared/model/principal.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import type { RunContext } from '../../shared/model/plan.ts';
import type { Run, Slot } from '../../shared/model/documents/documents.ts';
import type { ImageTemplate, TemplateRef } from '../../shared/model/template.ts';
import type { App } from '../app.ts';
import type { ActivityName, Input, OperationHandle, Output, Probe } from '../contract.ts';
import { Remembered } from '../../shared/remembered.ts';
import type { StartedOperation } from '../../shared/ports/azure.ts';

/** What an activity sets off beyond itself, by way of the durable engine. */
export type Effects = {
  /** Raises `cancel` on an instance of a run. One that is over, or never started, is no error. */
  cancel(instance: string): Promise<void>;
  /** Raises an event on an instance. One that is over, or not there yet, is no error: it looks for itself. */
  tell(instance: string, event: string, data?: unknown): Promise<void>;
  /** Lets runs that wait for their turn look at once. One that cannot be woken looks by itself later. */
  wake(waiting: readonly Slot[]): Promise<void>;
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
  engine: Effects,
) => Promise<Output<Name>>;

/** Names what is waited for, so that a time-out can say it. */
export function operation(what: string, started: StartedOperation, usual?: Usual): OperationHandle {
  if (started.done) return { done: true };
  const { isExact, ...handle } = started;
  const isPaced = usual !== undefined && isExact !== true;
  return { ...handle, what, ...(isPaced && { due: { since: timestamp(new Date()), usual } }) };
}

/** Templates of runs by run: a run sees one revision, which does not change any more, and nearly every activity needs it. */
const TEMPLATES = new WeakMap<App['store'], Remembered<ImageTemplate>>();
/** Bytes of JSON: of a thousand builds at once, when their templates are not longer than most are. */
const MOST_OF_TEMPLATES = 8 * 1024 * 1024;

export async function templateOf(app: App, run: RunContext): Promise<ImageTemplate> {
  const known = TEMPLATES.get(app.store) ?? new Remembered<ImageTemplate>(MOST_OF_TEMPLATES);
  TEMPLATES.set(app.store, known);
  const found = known.get(run.runId);
  if (found !== undefined) return found;
  const revision = await app.store.revisions.get(run.ref, run.revision);
  if (revision !== undefined) {
    const { template } = revision;
    known.set(run.runId, template, JSON.stringify(template).length);
    return template;
  }
  const message = `Revision ${run.revision} of template ${run.ref.name} is gone; the template was deleted while it ran.`;
  throw new KilnError({ code: 'ResourceNotFound', message });
}

export async function runOf(app: Pick<App, 'store'>, { ref, runId }: RunContext): Promise<Run> {
  const run = await app.store.runs.get(ref, runId);
  if (run !== undefined) return run;
  throw new KilnError({ code: 'ResourceNotFound', message: `Run ${runId} of template ${ref.name} is gone.` });
}

/** The same for what of a run does not change, or may be a second old. */
export async function glanceAt(app: Pick<App, 'store'>, context: RunContext): Promise<Run> {
  return (await app.store.runs.glance(context.ref, context.runId)) ?? (await runOf(app, context));
}

/**
 * For looks that may go on for long; what begins something is in the table of `until-canceled.ts`. A cancel of the same
 * second is as late as one that comes a moment after the look.
 */
export async function refuseIfCanceled(app: Pick<App, 'store'>, run: RunContext): Promise<void> {
  const { cancelRequestedAt } = await glanceAt(app, run);
  if (cancelRequestedAt === undefined) return;
  throw new KilnError({ code: 'RunCanceled', message: `The run was canceled at ${cancelRequestedAt}.` });
}
