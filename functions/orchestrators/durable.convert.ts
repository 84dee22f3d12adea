import type { DurableOrchestrationContext, Task } from 'durable-functions';
import { childId } from '../../shared/planning/child-id.ts';
import { later, pauseBeforeRetry } from '../../shared/model/time.ts';
import {
  type Failure,
  isRetryable,
  KilnError,
  type Result,
  settledFailure,
} from '../../shared/errors/failure.ts';
import type { RunContext } from '../../shared/model/plan.ts';
import type { Timestamp } from '../../shared/model/documents/documents.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import type {
  ActivityName,
  Input,
  OperationHandle,
  OrchestrationName,
  Orchestrations,
  Output,
  ProbeName,
  Probes,
  Wait,
} from '../contract.ts';

/**
 * The typed words that orchestrators are written in. durable-functions hands results back as `unknown`; the contract
 * says what they are, and this file is the one place that believes it.
 */

export type Durable = DurableOrchestrationContext;
/** A piece of an orchestration: delegate to it with `yield*`. */
export type Piece<T> = Generator<Task, T, unknown>;

const ATTEMPTS = 8;
/** For calls that a storm of refusals must not end: about an hour, or as long as the other side asks each time. */
export const PATIENT = 30;

/** Runs an activity; repeats it after a durable pause while the failure is a passing one. Throws KilnError otherwise. */
export function* call<Name extends ActivityName>(
  df: Durable,
  name: Name,
  input: Input<Name>,
  attempts = ATTEMPTS,
): Piece<Output<Name>> {
  for (let attempt = 1; ; attempt++) {
    const result = yield* once(df.callActivity(name, input));
    if (result.ok) return result.value as Output<Name>;
    // Failures that older versions wrote down are not crowded, and repeated as they were.
    const most = result.error.crowded === true ? Math.max(attempts, PATIENT) : attempts;
    if (!isRetryable(result.error) || attempt >= most) throw new KilnError(settledFailure(result.error));
    yield* sleep(df, pauseBeforeRetry(attempt, result.error));
  }
}

/** Instances by their tasks: what the engine says of a task is not the last word on a child. */
const children = new WeakMap<Task, { readonly df: Durable; readonly id: string }>();

/** Starts a sub-orchestration without waiting for it; hand the task to `settled`, `all` or `unlessCanceled`. */
export function begin<Name extends OrchestrationName>(
  df: Durable,
  name: Name,
  input: Orchestrations[Name][0],
  id: string,
): Task {
  const child = childId(df.instanceId, id);
  const task = df.callSubOrchestrator(name, input, child);
  children.set(task, { df, id: child });
  return task;
}

/** Waits for one task and never throws for its failure: sub-orchestrations answer with a Result. */
export function* settled<T>(task: Task): Piece<Result<T>> {
  return (yield* once(task)) as Result<T>;
}

/** Waits for every task. Safe because none of them can fail: a failing sibling would shift task ids. */
export function* all<T>(df: Durable, tasks: readonly Task[]): Piece<Result<T>[]> {
  if (tasks.length === 0) return [];
  try {
    return (yield df.Task.all([...tasks])) as Result<T>[];
  } catch (error) {
    // The engine lost one of them. Which one, and how the others ended, only the instances themselves can tell.
    const results: Result<T>[] = [];
    for (const task of tasks) results.push((yield* afterFault(task, error)) as Result<T>);
    return results;
  }
}

const cancels = new WeakMap<Durable, Task>();

/**
 * The one waiter of an instance for `cancel`. With one for each wait, an event that comes between two of them goes to a
 * waiter that nobody looks at any more, and is lost. Made anew in each replay, it has no place in the history.
 */
export function cancelOf(df: Durable): Task {
  const known = cancels.get(df);
  if (known !== undefined) return known;
  const waiter = df.waitForExternalEvent('cancel');
  cancels.set(df, waiter);
  return waiter;
}

/**
 * Waits for a task, or for the `cancel` event, whichever comes first or has come already. The task goes on by itself
 * after a cancel: it only looks at things, and what it starts dies with the staging group.
 */
export function* unlessCanceled<T>(df: Durable, task: Task): Piece<T> {
  const canceled = cancelOf(df);
  if (canceled.isCompleted || (yield df.Task.any([task, canceled])) === canceled)
    throw new KilnError({ code: 'RunCanceled', message: 'The run was canceled.' });
  const result = yield* endOf<T>(task);
  if (!result.ok) throw new KilnError(result.error);
  return result.value;
}

/** The only place that knows how a task shows its end: durable-functions 4 calls these members otherwise. */
function* endOf<T>(task: Task): Piece<Result<T>> {
  const result = task.isFaulted ? yield* afterFault(task, task.result) : task.result;
  return result as Result<T>;
}

/** Milliseconds between two looks at a child that the engine lost. */
const LOOK_AGAIN = 10_000;

/**
 * The result of a task that the engine reports as failed. Activities are as they are; a child is rewound, by whoever looks, and goes
 * on where it was, but its end is no news to an instance that was told of its failure: so it is asked for.
 */
function* afterFault(task: Task, error: unknown): Piece<Result<unknown>> {
  const child = children.get(task);
  if (child === undefined) return { ok: false, error: engineFailure(error) };
  for (;;) {
    const look = yield* call(child.df, 'check-instance', { instance: child.id }, PATIENT);
    if (look.done) return look.value;
    yield* sleep(child.df, LOOK_AGAIN);
  }
}

/** What an event of Kiln's own brought along: the end of a wait, or nothing. */
export function toldBy(event: Task): Result<unknown> | undefined {
  const data = event.result as { readonly ok?: unknown } | undefined | null;
  return typeof data?.ok === 'boolean' ? (data as Result<unknown>) : undefined;
}

type WaitOptions = {
  readonly deadline: Timestamp;
  readonly onTimeout: ErrorCode;
  /** Distinguishes the waits of one orchestration; part of the instance id. */
  readonly id: string;
  /** An event to the instance that waits, after which it looks at once. */
  readonly wakeOn?: string;
};

/** Starts `wait-until` for a probe: looks, pauses and looks again in an instance of its own, so that history stays short. */
export function beginWait<Name extends ProbeName>(
  df: Durable,
  probe: Name,
  input: Input<Name>,
  options: WaitOptions,
): Task {
  const { id, ...limits } = options;
  return begin(df, 'wait-until', { probe, input, ...limits } as Wait, id);
}

/** Waits in a child instance; throws KilnError when it fails or its time is over. */
export function* waitFor<Name extends ProbeName>(
  df: Durable,
  probe: Name,
  input: Input<Name>,
  options: WaitOptions,
): Piece<Probes[Name][1]> {
  const result = yield* settled<Probes[Name][1]>(beginWait(df, probe, input, options));
  if (!result.ok) throw new KilnError(result.error);
  return result.value;
}

/** Waits for an Azure operation unless it is over already; on request only until the run is canceled. */
export function* finished(
  df: Durable,
  run: RunContext,
  handle: OperationHandle,
  { endsAtCancel, ...options }: WaitOptions & { readonly endsAtCancel?: true },
): Piece<void> {
  if (handle.done) return;
  const input = { run, handle, ...(endsAtCancel && { endsAtCancel }) };
  yield* waitFor(df, 'check-operation', input, options);
}

/**
 * Starts an operation of Azure's and waits for its end; once more when what ended it passes by itself. Whatever is
 * started so adopts what it finds of itself, and so may be started twice. Answers with the operation that worked.
 */
export function* carriedOut<Handle extends OperationHandle>(
  df: Durable,
  run: RunContext,
  start: () => Piece<Handle>,
  options: WaitOptions,
): Piece<Handle> {
  const first = yield* start();
  const end = yield* asResult(finished(df, run, first, options));
  if (end.ok) return first;
  if (end.error.code !== 'AzureInterrupted') throw new KilnError(end.error);
  const second = yield* start();
  yield* finished(df, run, second, { ...options, id: `${options.id}-again` });
  return second;
}

export function* sleep(df: Durable, milliseconds: number): Piece<void> {
  yield df.createTimer(later(df.currentUtcDateTime, milliseconds));
}

/** What went wrong, as data. Defects become `InternalError` without their text: it may hold anything. */
export function failureOf(error: unknown): Failure {
  return error instanceof KilnError ? error.failure : engineFailure(error);
}

/** Runs a piece and answers with a Result, as every sub-orchestration must. */
export function* asResult<T>(piece: Piece<T>): Piece<Result<T>> {
  try {
    return { ok: true, value: yield* piece };
  } catch (error) {
    return { ok: false, error: failureOf(error) };
  }
}

/** The input of an instance. Only our own code starts instances, so the contract holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape that the contract promises
export function inputOf<T>(df: Durable): T {
  return df.getInput<T>();
}

function* once(task: Task): Piece<Result<unknown>> {
  try {
    return (yield task) as Result<unknown>;
  } catch (error) {
    return yield* afterFault(task, error);
  }
}

function engineFailure(error: unknown): Failure {
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    code: 'InternalError',
    message: `The engine reported a failure (${kind}) outside of any known error.`,
  };
}
