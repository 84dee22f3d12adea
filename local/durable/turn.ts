import { toJson, type RaisedEvent } from './events.ts';
import { nameOf, type Decision } from './decision.ts';
import { MAX_ID } from './instance.ts';
import { assertPlainData } from './plain-data.ts';
import { replay, type OpenTask, type Replayed } from './replay.ts';
import type { FunctionRunner, LibraryTask, OrchestratorAnswer, OrchestratorRequest } from './runner.ts';
import { StrictViolation } from './strict.ts';
import { reasonOfDeath, WorkerDied } from './worker.ts';

export type TurnRequest = OrchestratorRequest & {
  readonly name: string;
  readonly strict: boolean;
  readonly compareInputs: boolean;
};

/** What one turn leads to; nothing of it has happened yet. JSON texts are as the extension stores them. */
export type TurnOutcome = {
  readonly customStatus: string | undefined;
  readonly decisions: readonly Decision[];
  readonly canceled: readonly number[];
  readonly end:
    | { readonly kind: 'waiting' }
    | { readonly kind: 'completed'; readonly output: string }
    | { readonly kind: 'failed'; readonly reason: string; readonly violation: StrictViolation | undefined }
    | { readonly kind: 'continued'; readonly input: string; readonly unconsumed: readonly RaisedEvent[] };
};

/** Runs the orchestrator from the start of its history, as Azure does at every turn, and judges the answer. */
export async function runTurn(runner: FunctionRunner, request: TurnRequest): Promise<TurnOutcome> {
  const registered = runner.findOrchestrator(request.name);
  try {
    if (registered === undefined)
      throw new StrictViolation(
        'KILN-STRICT-UNKNOWN-FUNCTION',
        `there is no orchestrator function '${request.name}'`,
      );
    const answer = await runner.runOrchestrator(registered, request);
    return judge(runner, request, answer);
  } catch (error) {
    const violation = error instanceof StrictViolation ? error : undefined;
    return failed(undefined, [], { reason: reasonOf(error, request), violation });
  }
}

function reasonOf(error: unknown, { history }: TurnRequest): string {
  if (error instanceof WorkerDied) return reasonOfDeath(history, error);
  return error instanceof Error ? error.message : String(error);
}

function judge(runner: FunctionRunner, request: TurnRequest, answer: OrchestratorAnswer): TurnOutcome {
  const replayed = replay(request.history, answer.actions, request);
  const decisions = [...replayed.open.values()].filter((open) => !open.recorded).map((open) => open.decision);
  if (request.strict) check(answer, replayed, decisions);
  for (const decision of decisions) {
    assertRegistered(runner, decision);
    if (decision.kind === 'sub') assertShort(decision.instanceId);
  }
  const customStatus = answer.customStatus === undefined ? undefined : toJson(answer.customStatus);
  const base = { customStatus, decisions, canceled: replayed.canceled };
  // Also a failure waits until the extension's own list of actions is through.
  if (!replayed.settled) return { ...base, end: { kind: 'waiting' } };
  if (answer.error !== undefined)
    return failed(customStatus, decisions, { reason: answer.error, violation: undefined });
  if (replayed.continueAsNew) {
    const input = toJson(replayed.continueAsNew.input);
    return { ...base, end: { kind: 'continued', input, unconsumed: replayed.unconsumed } };
  }
  if (answer.isDone) return { ...base, end: { kind: 'completed', output: toJson(answer.output) } };
  return { ...base, end: { kind: 'waiting' } };
}

function failed(
  customStatus: string | undefined,
  decisions: readonly Decision[],
  failure: { readonly reason: string; readonly violation: StrictViolation | undefined },
): TurnOutcome {
  return { customStatus, decisions, canceled: [], end: { kind: 'failed', ...failure } };
}

function assertRegistered(runner: FunctionRunner, decision: Decision): void {
  if (decision.kind === 'timer') return;
  const isActivity = decision.kind === 'activity';
  const found = isActivity ? runner.findActivity(decision.name) : runner.findOrchestrator(decision.name);
  if (found === undefined)
    throw new StrictViolation(
      'KILN-STRICT-UNKNOWN-FUNCTION',
      `there is no ${isActivity ? 'activity' : 'orchestrator'} function '${decision.name}'`,
    );
}

/** The Durable Task Scheduler takes no longer ids; Azure Storage does. */
function assertShort(id: string | undefined): void {
  if (id !== undefined && id.length > MAX_ID)
    throw new StrictViolation(
      'KILN-STRICT-LONG-INSTANCE-ID',
      `the instance id '${id}' has ${id.length} characters`,
    );
}

function check(answer: OrchestratorAnswer, replayed: Replayed, decisions: readonly Decision[]): void {
  for (const decision of decisions)
    if (decision.kind !== 'timer')
      assertPlainData(decision.input, `the input of ${decision.kind} '${decision.name}'`);
  assertPlainData(answer.customStatus, 'the custom status');
  if (replayed.ahead && replayed.growing)
    throw new StrictViolation(
      'KILN-STRICT-TASK-ID-SHIFT',
      'Task.all failed while a retry or a long timer was still under way; the extension may give its next attempt the id of the next yield',
    );
  if (replayed.continueAsNew) checkContinueAsNew(replayed.continueAsNew.input, replayed);
  else if (answer.isDone) assertPlainData(answer.output, 'the output');
  else if (answer.error === undefined) checkWaiting(answer, replayed);
}

function checkContinueAsNew(input: unknown, replayed: Replayed): void {
  assertPlainData(input, 'the input of continueAsNew');
  if (typeof input === 'string')
    throw new StrictViolation('KILN-STRICT-CONTINUE-AS-NEW-TEXT', 'continueAsNew was called with a text');
  const timers = [...replayed.open.values()].filter(
    (open) => open.decision.kind === 'timer' && !open.task.settled,
  );
  if (timers.length > 0)
    throw new StrictViolation(
      'KILN-STRICT-TIMER-BEFORE-CONTINUE-AS-NEW',
      `continueAsNew was called while ${timers.length} timer(s) were running (task ${timers.map((open) => open.decision.id).join(', ')})`,
    );
}

function checkWaiting(answer: OrchestratorAnswer, replayed: Replayed): void {
  const shift = answer.libraryTasks && findShift(replayed.open, answer.libraryTasks);
  if (shift) throw new StrictViolation('KILN-STRICT-TASK-ID-SHIFT', shift);
  if (replayed.idle)
    throw new StrictViolation('KILN-STRICT-STUCK', 'the orchestrator waits, but nothing is pending');
}

/** The first open task that the library knows under another id, in words. */
export function findShift(
  open: ReadonlyMap<number, OpenTask>,
  libraryTasks: ReadonlyMap<number, LibraryTask>,
): string | undefined {
  for (const { decision, task } of open.values()) {
    const theirs = libraryTasks.get(decision.id);
    if (task.settled || theirs?.kind === 'retry') continue;
    const same = theirs && (decision.kind === 'timer') === (theirs.kind === 'timer');
    if (!same || theirs.name !== nameOf(decision))
      return `task ${decision.id} is ${decision.kind} '${nameOf(decision)}' for the extension but ${theirs ? `${theirs.kind} '${theirs.name}'` : 'unknown'} for durable-functions`;
  }
  return undefined;
}
