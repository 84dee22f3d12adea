import type { Timestamp } from './timestamp.ts';

/**
 * What Kiln tells the world, as CloudEvents 1.0 in structured JSON: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * `source` + `id` name an event for good: whoever receives one twice may drop the second.
 */
export type CloudEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  /** ARM id of the template, or `/kiln/<app name>` for what concerns no single template. */
  readonly source: string;
  readonly type: EventType;
  /** The run, request or resource that the event is about. */
  readonly subject?: string;
  readonly time: Timestamp;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly data: Readonly<Record<string, unknown>>;
};

export const EVENT_TYPES = [
  'io.kiln.run.queued',
  'io.kiln.run.started',
  'io.kiln.run.phaseChanged',
  'io.kiln.run.stepFailed',
  'io.kiln.run.regionCompleted',
  'io.kiln.run.succeeded',
  'io.kiln.run.partiallySucceeded',
  'io.kiln.run.failed',
  'io.kiln.run.canceled',
  'io.kiln.request.waiting',
  'io.kiln.request.coalesced',
  'io.kiln.request.rejected',
  'io.kiln.refresh.skipped',
  'io.kiln.refresh.enqueued',
  'io.kiln.trigger.disabled',
  'io.kiln.trigger.enabled',
  'io.kiln.vulnerabilities.found',
  'io.kiln.janitor.removed',
  'io.kiln.janitor.failed',
  'io.kiln.janitor.unknown',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

type Content = Pick<CloudEvent, 'id' | 'source' | 'type' | 'time' | 'data'> & { readonly subject?: string };

export function cloudEvent({ id, source, type, subject, time, data }: Content): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source,
    type,
    ...(subject !== undefined && { subject }),
    time,
    datacontenttype: 'application/json',
    dataschema: `urn:kiln:event:${type.slice('io.kiln.'.length)}:1`,
    data,
  };
}
