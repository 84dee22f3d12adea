import type { SQLOutputValue } from 'node:sqlite';
import type { HistoryEvent, EventBody } from '../events.ts';
import type { Instance, Parent, RuntimeStatus } from '../instance.ts';

/** Only this engine writes the database, under a schema with STRICT tables: its rows are what it wrote. */
export type Row = Record<string, SQLOutputValue>;

export type Message = {
  readonly id: number;
  readonly execution: string | null;
  readonly event: EventBody;
};

/** An activity that is to run. `input` is JSON text. */
export type ActivityWork = {
  readonly id: number;
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly name: string;
  readonly input: string;
};

const parse = (text: SQLOutputValue | undefined): unknown => JSON.parse(String(text));

export function toInstance(row: Row): Instance {
  const parent = row['parent'];
  return {
    id: String(row['id']),
    execution: String(row['execution']),
    name: String(row['name']),
    version: String(row['version']),
    input: String(row['input']),
    status: String(row['status']) as RuntimeStatus,
    customStatus: row['customStatus'] as string | null,
    output: row['output'] as string | null,
    created: Number(row['created']),
    updated: Number(row['updated']),
    parent: parent === null ? undefined : (parse(parent) as Parent),
  };
}

export function toMessage(row: Row): Message {
  return {
    id: Number(row['id']),
    execution: row['execution'] as string | null,
    event: parse(row['event']) as EventBody,
  };
}

export function toHistoryEvent(row: Row): HistoryEvent {
  return parse(row['event']) as HistoryEvent;
}

export function toActivityWork(row: Row): ActivityWork {
  return {
    id: Number(row['id']),
    instance: String(row['instance']),
    execution: String(row['execution']),
    task: Number(row['task']),
    name: String(row['name']),
    input: String(row['input']),
  };
}
