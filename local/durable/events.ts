/**
 * The history of an orchestration as the Durable extension writes it on the wire. Numbers are DurableTask.Core's `EventType`:
 * https://github.com/Azure/durabletask/blob/main/src/DurableTask.Core/History/EventType.cs
 */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  GenericEvent: 17,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

type T = typeof EventType;

type Failure = { readonly Reason: string; readonly Details: string };

/** What arrived or was decided, before it is stamped. `Input` and `Result` are JSON text. */
export type EventBody =
  | {
      readonly EventType: T['ExecutionStarted'];
      readonly Name: string;
      readonly Version: string;
      readonly Input: string;
    }
  | {
      readonly EventType: T['ExecutionCompleted'];
      readonly OrchestrationStatus: string;
      readonly Result: string;
    }
  | { readonly EventType: T['ExecutionTerminated']; readonly Input: string }
  | { readonly EventType: T['TaskScheduled']; readonly Name: string; readonly Input: string }
  | { readonly EventType: T['TaskCompleted']; readonly TaskScheduledId: number; readonly Result: string }
  | ({ readonly EventType: T['TaskFailed']; readonly TaskScheduledId: number } & Failure)
  | {
      readonly EventType: T['SubOrchestrationInstanceCreated'];
      readonly Name: string;
      readonly InstanceId: string;
      readonly Input: string;
    }
  | {
      readonly EventType: T['SubOrchestrationInstanceCompleted'];
      readonly TaskScheduledId: number;
      readonly Result: string;
    }
  | ({
      readonly EventType: T['SubOrchestrationInstanceFailed'];
      readonly TaskScheduledId: number;
    } & Failure)
  | { readonly EventType: T['TimerCreated']; readonly FireAt: string }
  | { readonly EventType: T['TimerFired']; readonly TimerId: number; readonly FireAt: string }
  | { readonly EventType: T['OrchestratorStarted'] }
  | { readonly EventType: T['OrchestratorCompleted'] }
  | { readonly EventType: T['EventRaised']; readonly Name: string; readonly Input: string }
  | { readonly EventType: T['GenericEvent']; readonly Reason: string }
  | { readonly EventType: T['ExecutionSuspended']; readonly Reason: string }
  | { readonly EventType: T['ExecutionResumed']; readonly Reason: string };

/** `EventId` is the task id of a decision and -1 for everything that arrived. `Timestamp` is ISO 8601 with milliseconds. */
export type HistoryEvent = EventBody & {
  readonly EventId: number;
  readonly IsPlayed: boolean;
  readonly Timestamp: string;
};

export type RaisedEvent = Extract<EventBody, { readonly EventType: T['EventRaised'] }>;

/** Puts the time and the task id on an event. */
export function stamp(event: EventBody, timestamp: string, id = -1): HistoryEvent {
  return { ...event, EventId: id, IsPlayed: false, Timestamp: timestamp };
}

/** The event's name for people, for example `TaskScheduled`. */
export function eventName(type: number): string {
  return Object.entries(EventType).find(([, value]) => value === type)?.[0] ?? `Event${type}`;
}

/** JSON text as the extension stores it: `undefined` is `null`, because `Result` must never be missing. */
export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null) ?? 'null';
}

type Marker = Extract<
  HistoryEvent,
  {
    readonly EventType:
      | T['ExecutionCompleted']
      | T['ExecutionTerminated']
      | T['OrchestratorCompleted']
      | T['GenericEvent']
      | T['ExecutionSuspended']
      | T['ExecutionResumed'];
  }
>;

const MARKERS: ReadonlySet<number> = new Set([
  EventType.ExecutionCompleted,
  EventType.ExecutionTerminated,
  EventType.OrchestratorCompleted,
  EventType.GenericEvent,
  EventType.ExecutionSuspended,
  EventType.ExecutionResumed,
]);

/** Events that happen to an instance and that no task waits for. */
export function isMarker(event: HistoryEvent): event is Marker {
  return MARKERS.has(event.EventType);
}
