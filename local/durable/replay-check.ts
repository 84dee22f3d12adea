import { nameOf } from './decision.ts';
import { EventType, toJson, type HistoryEvent } from './events.ts';
import type { Recording } from './export.ts';
import type { FunctionRunner } from './runner.ts';
import { StrictViolation, type StrictCode } from './strict.ts';
import { runTurn, type TurnOutcome } from './turn.ts';

export type ReplayVerdict =
  | { readonly ok: true; readonly turns: number }
  | { readonly ok: false; readonly code: StrictCode; readonly turn: number; readonly message: string };

export type CheckOptions = {
  /** Also take a changed input or due time for a divergence. Off: Azure does not look at them either. */
  readonly compareInputs?: boolean;
};

/**
 * Replays a recorded history turn by turn against the current code, as Azure would after a deployment in the middle of it.
 * `orchestrator` is the function's name. Not ok means that an instance which was under way at that point would break.
 */
export async function checkReplay(
  runner: FunctionRunner,
  orchestrator: string,
  recording: Pick<Recording, 'history' | 'input' | 'instanceId' | 'parentInstanceId'>,
  options: CheckOptions = {},
): Promise<ReplayVerdict> {
  const turns = splitTurns(recording.history);
  if (turns.length === 0) throw new Error(`The history of '${recording.instanceId}' has no turn.`);
  for (const [index, turn] of turns.entries()) {
    const outcome = await runTurn(runner, {
      name: orchestrator,
      history: asRequested(turns.slice(0, index), turn),
      input: recording.input,
      instanceId: recording.instanceId,
      parentInstanceId: recording.parentInstanceId ?? undefined,
      strict: true,
      compareInputs: options.compareInputs ?? false,
    });
    const fault = judge(outcome, turn);
    if (fault) return { ok: false, code: fault.code, turn: index + 1, message: fault.message };
  }
  return { ok: true, turns: turns.length };
}

/** A turn begins with OrchestratorStarted. */
function splitTurns(history: readonly HistoryEvent[]): HistoryEvent[][] {
  const turns: HistoryEvent[][] = [];
  for (const event of history) {
    if (event.EventType === EventType.OrchestratorStarted) turns.push([]);
    turns.at(-1)?.push(event);
  }
  return turns;
}

/** Everything before the turn as played, and of the turn also the decisions, which the replay must make again. */
function asRequested(past: readonly HistoryEvent[][], turn: readonly HistoryEvent[]): HistoryEvent[] {
  const played = past.flat().map((event) => ({ ...event, IsPlayed: true }));
  return [...played, ...turn.map((event) => ({ ...event, IsPlayed: false }))];
}

function judge(outcome: TurnOutcome, turn: readonly HistoryEvent[]): StrictViolation | undefined {
  const { end } = outcome;
  if (end.kind === 'failed' && end.violation) return end.violation;
  const diverged = (found: string): StrictViolation =>
    new StrictViolation('KILN-STRICT-NONDETERMINISM', found);
  const [extra] = outcome.decisions;
  if (extra)
    return diverged(
      `the code scheduled task ${extra.id}, ${extra.kind} '${nameOf(extra)}', which the history has not`,
    );
  const recorded = turn.find((event) => event.EventType === EventType.ExecutionCompleted);
  const now = describeEnd(outcome);
  if (recorded?.EventType !== EventType.ExecutionCompleted) {
    const isLive = turn.some((event) => event.EventType === EventType.OrchestratorCompleted);
    return isLive && now !== 'waiting'
      ? diverged(`the history went on, but the code ended: ${now}`)
      : undefined;
  }
  // Termination happens to an orchestrator; it has no part in it.
  if (recorded.OrchestrationStatus === 'Terminated') return undefined;
  const before = `${recorded.OrchestrationStatus} with ${recorded.Result}`;
  const isSame = recorded.OrchestrationStatus === 'Failed' ? end.kind === 'failed' : now === before;
  return isSame ? undefined : diverged(`the history ended ${before}, but the code is ${now}`);
}

function describeEnd({ end }: TurnOutcome): string {
  switch (end.kind) {
    case 'completed':
      return `Completed with ${end.output}`;
    case 'failed':
      return `Failed with ${toJson(end.reason)}`;
    case 'continued':
    case 'waiting':
      return end.kind;
    default:
      throw new Error(`unknown end ${String(end satisfies never)}`);
  }
}
