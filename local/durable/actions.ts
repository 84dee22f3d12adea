/**
 * What an orchestrator asks for: the actions that durable-functions 3 puts on the wire, all of them at every turn, without ids.
 * https://github.com/Azure/azure-functions-durable-js/blob/v3.x/src/actions/ActionType.ts
 */
export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  CallEntity: 7,
  CallHttp: 8,
  SignalEntity: 9,
  ScheduledSignalEntity: 10,
  WhenAny: 11,
  WhenAll: 12,
  LockEntities: 13,
  ReleaseEntities: 14,
} as const;

type A = typeof ActionType;

/** Intervals in milliseconds; the backoff is applied as first * coefficient^n, capped by the largest interval. */
export type RetryOptions = {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
};

type Call = { readonly functionName: string; readonly input?: unknown };
type SubCall = Call & { readonly instanceId?: string | null; readonly version?: string };
type Retried = { readonly retryOptions: RetryOptions };

/** Entities, their locks, and HTTP calls by the extension itself. */
export type UnsupportedAction = {
  readonly actionType:
    | A['CallEntity']
    | A['CallHttp']
    | A['SignalEntity']
    | A['ScheduledSignalEntity']
    | A['LockEntities']
    | A['ReleaseEntities'];
};

export type Action =
  | ({ readonly actionType: A['CallActivity'] } & Call)
  | ({ readonly actionType: A['CallActivityWithRetry'] } & Call & Retried)
  | ({ readonly actionType: A['CallSubOrchestrator'] } & SubCall)
  | ({ readonly actionType: A['CallSubOrchestratorWithRetry'] } & SubCall & Retried)
  | { readonly actionType: A['ContinueAsNew']; readonly input?: unknown }
  | { readonly actionType: A['CreateTimer']; readonly fireAt: Date | string; readonly isCanceled: boolean }
  | { readonly actionType: A['WaitForExternalEvent']; readonly externalEventName: string }
  | {
      readonly actionType: A['WhenAny'] | A['WhenAll'];
      readonly compoundActions: readonly Action[];
    }
  | UnsupportedAction;

/** Milliseconds before the next attempt, after `failedAttempts` of them. */
export function retryDelay(options: RetryOptions, failedAttempts: number): number {
  const delay =
    options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (failedAttempts - 1);
  return Math.min(delay, options.maxRetryIntervalInMilliseconds ?? Number.POSITIVE_INFINITY);
}

const UNSUPPORTED: ReadonlySet<number> = new Set([
  ActionType.CallEntity,
  ActionType.CallHttp,
  ActionType.SignalEntity,
  ActionType.ScheduledSignalEntity,
  ActionType.LockEntities,
  ActionType.ReleaseEntities,
]);

export function isUnsupported(action: Action): action is UnsupportedAction {
  return UNSUPPORTED.has(action.actionType);
}
