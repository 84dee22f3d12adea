import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import type { CloudEvent } from '../../shared/model/cloud-event.ts';
import { EVENT_SCHEMAS } from '../../shared/messaging/event-schemas.ts';
import type { EventSink } from '../../shared/ports/sink.ts';

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const checks = new Map(Object.entries(EVENT_SCHEMAS).map(([type, { data }]) => [type, ajv.compile(data)]));

/** Asserts that an event has the CloudEvents envelope and the data that its schema promises. */
export function assertEvent(event: CloudEvent): void {
  assert.equal(event.specversion, '1.0');
  for (const member of ['id', 'source', 'time', 'dataschema'] as const) assert.ok(event[member], member);
  assert.ok(!Number.isNaN(Date.parse(event.time)), event.time);
  const check = checks.get(event.type);
  assert.ok(check, `no schema for ${event.type}`);
  assert.ok(check(event.data), `${event.type}: ${ajv.errorsText(check.errors)}`);
}

/** The first of each id, as a consumer that drops what it has seen keeps them. */
export function deduplicated(events: readonly CloudEvent[]): CloudEvent[] {
  const seen = new Set<string>();
  return events.filter(({ source, id }) => {
    const key = `${source}\n${id}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A sink that keeps what it gets and fails when told to. */
export class MemorySink implements EventSink {
  readonly name: EventSink['name'];
  readonly received: CloudEvent[] = [];
  /** Takes this many more events and then fails. */
  strength = Infinity;

  constructor(name: EventSink['name'] = 'topic') {
    this.name = name;
  }

  send(events: readonly CloudEvent[]): Promise<{ accepted: number; problem?: string }> {
    const accepted = Math.min(events.length, this.strength);
    this.strength -= accepted;
    this.received.push(...events.slice(0, accepted));
    return Promise.resolve(accepted < events.length ? { accepted, problem: 'full' } : { accepted });
  }
}
