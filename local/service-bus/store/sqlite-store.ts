import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Message } from '../queue/message.ts';
import type { MessageStore } from '../queue/store.ts';
import { COLUMNS, toMessage, toRow } from './rows.convert.ts';

/** Messages in SQLite: what a transaction wrote is there after the process is killed, and nothing of one that was cut off. */
export class SqliteStore implements MessageStore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #setNext: StatementSync;
  readonly #addId: StatementSync;
  readonly #forgetIds: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const marks = COLUMNS.map(() => '?').join(', ');
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO messages (queue, ${COLUMNS.join(', ')}) VALUES (?, ${marks})`,
    );
    this.#remove = database.prepare('DELETE FROM messages WHERE queue = ? AND sequence = ?');
    this.#setNext = database.prepare('INSERT OR REPLACE INTO queues (name, next) VALUES (?, ?)');
    this.#addId = database.prepare('INSERT OR REPLACE INTO sent_ids (queue, id, at) VALUES (?, ?, ?)');
    this.#forgetIds = database.prepare('DELETE FROM sent_ids WHERE queue = ? AND at <= ?');
  }

  transaction<T>(change: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  messages(queue: string): Message[] {
    const rows = this.#database.prepare('SELECT * FROM messages WHERE queue = ? ORDER BY sequence');
    return rows.all(queue).map(toMessage);
  }

  put(queue: string, message: Message): void {
    this.#put.run(queue, ...toRow(message));
  }

  remove(queue: string, sequence: number): void {
    this.#remove.run(queue, sequence);
  }

  nextSequence(queue: string): number {
    const row = this.#database.prepare('SELECT next FROM queues WHERE name = ?').get(queue);
    return Number(row?.['next'] ?? 1);
  }

  setNextSequence(queue: string, next: number): void {
    this.#setNext.run(queue, next);
  }

  sentIds(queue: string): (readonly [string, number])[] {
    const rows = this.#database.prepare('SELECT id, at FROM sent_ids WHERE queue = ? ORDER BY at').all(queue);
    return rows.map((row) => [String(row['id']), Number(row['at'])] as const);
  }

  addSentId(queue: string, id: string, at: number): void {
    this.#addId.run(queue, id, at);
  }

  forgetSentIds(queue: string, before: number): void {
    this.#forgetIds.run(queue, before);
  }

  close(): void {
    this.#database.close();
  }
}
