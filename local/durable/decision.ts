import { ActionType, type Action } from './actions.ts';
import { StrictViolation } from './strict.ts';
import { EventType, toJson, type HistoryEvent } from './events.ts';

/** What the extension does for an action, with the task id under which the result comes back. Times in ms since 1970. */
export type Decision =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAt: number }
  | {
      readonly kind: 'sub';
      readonly id: number;
      readonly name: string;
      readonly input: unknown;
      readonly instanceId: string | undefined;
      readonly version: string | undefined;
    };

/** The function that a decision calls; empty for a timer. */
export function nameOf(decision: Decision): string {
  return decision.kind === 'timer' ? '' : decision.name;
}

/** What the history keeps to recognise the decision: JSON of the input, or the due time of a timer. */
export function inputOf(decision: Decision): string {
  return decision.kind === 'timer' ? new Date(decision.fireAt).toISOString() : toJson(decision.input);
}

/** The action in words, for example `CallActivity 'stage'`. */
export function describe(action: Action): string {
  const type = Object.entries(ActionType).find(([, value]) => value === action.actionType)?.[0];
  return 'functionName' in action ? `${type} '${action.functionName}'` : `${type}`;
}

/** Enough of a JSON text to recognise it in a message. */
export function excerpt(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

type E = typeof EventType;

/** The events by which the history remembers decisions. */
export type RecordedDecision = Extract<
  HistoryEvent,
  { readonly EventType: E['TaskScheduled'] | E['SubOrchestrationInstanceCreated'] | E['TimerCreated'] }
>;

/** What a recorded decision was, in the terms of `nameOf` and `inputOf`. */
export function readRecorded(event: RecordedDecision): {
  readonly kind: Decision['kind'];
  readonly name: string;
  readonly input: string;
} {
  switch (event.EventType) {
    case EventType.TaskScheduled:
      return { kind: 'activity', name: event.Name, input: event.Input };
    case EventType.SubOrchestrationInstanceCreated:
      return { kind: 'sub', name: event.Name, input: event.Input };
    case EventType.TimerCreated:
      return { kind: 'timer', name: '', input: event.FireAt };
    default:
      throw new Error(`not a decision: ${JSON.stringify(event satisfies never)}`);
  }
}

/** Throws when the action is in `seen` already, and puts it there. */
export function assertNew(action: Action, seen: Set<Action>): void {
  // Waiting again for the same event is harmless, it takes no id. Compound actions are judged by their children.
  const takesId = action.actionType < ActionType.WaitForExternalEvent;
  if (takesId && seen.has(action))
    throw new StrictViolation(
      'KILN-STRICT-TASK-YIELDED-TWICE',
      `the same ${describe(action)} was yielded twice; the extension would schedule it twice and lose track of ids`,
    );
  seen.add(action);
}
