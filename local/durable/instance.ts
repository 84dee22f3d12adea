/** https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management */
export type RuntimeStatus =
  | 'Pending'
  | 'Running'
  | 'ContinuedAsNew'
  | 'Suspended'
  | 'Completed'
  | 'Failed'
  | 'Terminated';

/** The task of another instance that waits for this one. */
export type Parent = { readonly instance: string; readonly execution: string; readonly task: number };

/** One orchestration. Texts named `input`, `output` and `customStatus` are JSON; times are milliseconds since 1970. */
export type Instance = {
  readonly id: string;
  /** A new one for each start and each continue-as-new; messages for another execution are stale. */
  readonly execution: string;
  readonly name: string;
  readonly version: string;
  readonly input: string;
  readonly status: RuntimeStatus;
  readonly customStatus: string | null;
  readonly output: string | null;
  readonly created: number;
  readonly updated: number;
  readonly parent: Parent | undefined;
};

export const FINISHED: readonly string[] = ['Completed', 'Failed', 'Terminated'] satisfies RuntimeStatus[];

export function isFinished(instance: Instance): boolean {
  return FINISHED.includes(instance.status);
}

/** Characters of an id. https://learn.microsoft.com/azure/azure-functions/durable/durable-task-scheduler/durable-task-scheduler */
export const MAX_ID = 100;
