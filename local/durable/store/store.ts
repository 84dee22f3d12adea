import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventBody, HistoryEvent } from '../events.ts';
import type { Instance } from '../instance.ts';
import {
  toActivityWork,
  toHistoryEvent,
  toInstance,
  toMessage,
  type ActivityWork,
  type Message,
} from './rows.convert.ts';

/**
 * A message to an instance. Without `execution` it is for whichever execution is alive. Only a `timer` waits for its time;
 * everything else is delivered at once, so that a clock that is set back cannot hold up a result.
 */
export type NewMessage = {
  readonly instance: string;
  readonly event: EventBody;
  /** Milliseconds since 1970; the order of delivery. */
  readonly due: number;
  readonly execution?: string;
  readonly timer?: number;
};

/** Of what a list of instances consists. Times are milliseconds since 1970. */
export type InstanceFilter = {
  /** Empty: any. */
  readonly statuses: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly prefix: string;
};
export const ANY: InstanceFilter = { statuses: [], from: 0, to: Number.MAX_SAFE_INTEGER, prefix: '' };

/** `limit` -1: all. */
export type Part = { readonly offset: number; readonly limit: number };
export const WHOLE: Part = { offset: 0, limit: -1 };

/** All of it is in an index, so that only the rows that fit are read. */
const FITS = `WHERE created BETWEEN ? AND ? AND substr(id, 1, length(?)) = ?
  AND (? = '[]' OR status IN (SELECT value FROM json_each(?)))`;
const placesOf = ({ statuses, from, to, prefix }: InstanceFilter) => {
  const wanted = JSON.stringify(statuses);
  return [from, to, prefix, prefix, wanted, wanted];
};

/**
 * Instances, histories, the work queue and timers in SQLite. Nothing is cached: what a killed process knew is what is in the
 * file. Calls are synchronous, so that a transaction cannot interleave with another.
 */
export class DurableStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** All of `change` or nothing. */
  transaction<T>(change: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some failures, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  instance(id: string): Instance | undefined {
    const row = this.#sql('SELECT * FROM instance WHERE id = ?').get(id);
    return row && toInstance(row);
  }

  /** A part of those that fit, oldest first. A thousand builds leave a hundred thousand instances with their inputs. */
  instances(filter: InstanceFilter, { offset, limit }: Part): Instance[] {
    return this.#sql(`SELECT * FROM instance ${FITS} ORDER BY created, id LIMIT ? OFFSET ?`)
      .all(...placesOf(filter), limit, offset)
      .map(toInstance);
  }

  /** Ids of those that fit, oldest first. */
  instanceIds(filter: InstanceFilter): string[] {
    return this.#sql(`SELECT id FROM instance ${FITS} ORDER BY created, id`)
      .all(...placesOf(filter))
      .map((row) => String(row['id']));
  }

  putInstance(instance: Instance): void {
    const parent = instance.parent ? JSON.stringify(instance.parent) : null;
    this.#sql('INSERT OR REPLACE INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      instance.id,
      instance.execution,
      instance.name,
      instance.version,
      instance.input,
      instance.status,
      instance.customStatus,
      instance.output,
      instance.created,
      instance.updated,
      parent,
    );
  }

  /** Forgets the instance with its history, messages and activities that have not started. */
  purge(id: string): void {
    this.#sql('DELETE FROM instance WHERE id = ?').run(id);
    this.#sql('DELETE FROM activity WHERE instance = ?').run(id);
    this.clearHistory(id);
    this.dropMessages(id);
  }

  history(id: string): HistoryEvent[] {
    return this.#sql('SELECT event FROM history WHERE instance = ? ORDER BY seq').all(id).map(toHistoryEvent);
  }

  appendHistory(id: string, from: number, events: readonly HistoryEvent[]): void {
    const insert = this.#sql('INSERT INTO history VALUES (?, ?, ?)');
    for (const [index, event] of events.entries()) insert.run(id, from + index, JSON.stringify(event));
  }

  clearHistory(id: string): void {
    this.#sql('DELETE FROM history WHERE instance = ?').run(id);
  }

  addMessage(message: NewMessage): void {
    this.#sql('INSERT INTO message (instance, execution, timer, due, event) VALUES (?, ?, ?, ?, ?)').run(
      message.instance,
      message.execution ?? null,
      message.timer ?? null,
      message.due,
      JSON.stringify(message.event),
    );
  }

  dueMessages(id: string, now: number): Message[] {
    return this.#sql(
      'SELECT id, execution, event FROM message WHERE instance = ? AND (timer IS NULL OR due <= ?) ORDER BY due, id',
    )
      .all(id, now)
      .map(toMessage);
  }

  dropMessage(id: number): void {
    this.#sql('DELETE FROM message WHERE id = ?').run(id);
  }

  /** All messages to an instance, or only those of one execution: its timers and results. */
  dropMessages(id: string, execution?: string): void {
    if (execution === undefined) this.#sql('DELETE FROM message WHERE instance = ?').run(id);
    else this.#sql('DELETE FROM message WHERE instance = ? AND execution = ?').run(id, execution);
  }

  dropTimer(id: string, execution: string, timer: number): void {
    this.#sql('DELETE FROM message WHERE instance = ? AND execution = ? AND timer = ?').run(
      id,
      execution,
      timer,
    );
  }

  /** Ids of instances with a message that may be delivered. */
  readyInstances(now: number): string[] {
    return this.#sql('SELECT DISTINCT instance FROM message WHERE timer IS NULL OR due <= ?')
      .all(now)
      .map((row) => String(row['instance']));
  }

  /** When the next timer becomes due, if there is one. */
  nextDue(now: number): number | undefined {
    const due = this.#sql('SELECT MIN(due) AS due FROM message WHERE timer IS NOT NULL AND due > ?').get(
      now,
    )?.['due'];
    return typeof due === 'number' ? due : undefined;
  }

  addActivity(work: Omit<ActivityWork, 'id'>): ActivityWork {
    const { lastInsertRowid } = this.#sql(
      'INSERT INTO activity (instance, execution, task, name, input) VALUES (?, ?, ?, ?, ?)',
    ).run(work.instance, work.execution, work.task, work.name, work.input);
    return { ...work, id: Number(lastInsertRowid) };
  }

  activities(): ActivityWork[] {
    return this.#sql('SELECT * FROM activity ORDER BY id').all().map(toActivityWork);
  }

  /** False when it was gone already. */
  dropActivity(id: number): boolean {
    return Number(this.#sql('DELETE FROM activity WHERE id = ?').run(id).changes) > 0;
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }
}
