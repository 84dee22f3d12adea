import { ActionType, type Action } from './actions.ts';
import { toJson } from './events.ts';

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
