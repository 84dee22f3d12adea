import type { CloudEvent } from '../model/cloud-event.ts';

/** A place that events go to. */
export interface EventSink {
  /** Names the sink in what is remembered of deliveries: never rename. */
  readonly name: 'topic' | 'webhook';
  /** Sends in the order given. Answers how many were accepted, from the first on; less than all means trouble, and why. */
  send(events: readonly CloudEvent[]): Promise<{ readonly accepted: number; readonly problem?: string }>;
}
