import { EventType, type HistoryEvent } from './events.ts';
import type { DurableStore } from './store/store.ts';

/**
 * Takes a failed instance back to before its failure, as `AzureTableTrackingStore.RewindHistoryAsync` does: what failed becomes an
 * event that no replay looks at, with what had scheduled it, and a child that failed is rewound in its turn. Answers the deepest
 * instances, which have to be woken; their parents go on when they end. What reached an instance while it was Failed is lost.
 * https://github.com/Azure/durabletask/blob/main/src/DurableTask.AzureStorage/Tracking/AzureTableTrackingStore.cs
 * Must run inside a transaction.
 */
export function rewindInstance(store: DurableStore, id: string, now: number): string[] {
  const instance = store.instance(id);
  if (instance?.status !== 'Failed') return [];
  const history = store.history(id);
  const failed = new Set(
    history.flatMap((event) => (event.EventType === EventType.TaskFailed ? [event.TaskScheduledId] : [])),
  );
  const children = history.flatMap((event) =>
    event.EventType === EventType.SubOrchestrationInstanceFailed ? [event.TaskScheduledId] : [],
  );
  store.clearHistory(id);
  store.appendHistory(
    id,
    0,
    history.map((event) => (isFailure(event, failed) ? rewound(event) : event)),
  );
  store.putInstance({ ...instance, status: 'Pending', updated: now });
  const leaves = history.flatMap((event) =>
    event.EventType === EventType.SubOrchestrationInstanceCreated && children.includes(event.EventId)
      ? rewindInstance(store, event.InstanceId, now)
      : [],
  );
  return children.length > 0 ? leaves : [id];
}

function isFailure(event: HistoryEvent, failed: ReadonlySet<number>): boolean {
  const { EventType: type } = event;
  return (
    type === EventType.TaskFailed ||
    type === EventType.SubOrchestrationInstanceFailed ||
    (type === EventType.ExecutionCompleted && event.OrchestrationStatus === 'Failed') ||
    (type === EventType.TaskScheduled && failed.has(event.EventId))
  );
}

function rewound({ EventId, IsPlayed, Timestamp }: HistoryEvent): HistoryEvent {
  return { EventType: EventType.GenericEvent, Reason: 'Rewound', EventId, IsPlayed, Timestamp };
}
