import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Opens what the broker keeps; without a folder nothing outlives the process. */
export function openDatabase(folder: string | undefined): DatabaseSync {
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(folder === undefined ? ':memory:' : path.join(folder, 'messages.sqlite'));
  // WAL with NORMAL survives a killed process; only a power cut may lose the last commits.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(`
    CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS messages (
      queue TEXT NOT NULL, sequence INTEGER NOT NULL, original_sequence INTEGER NOT NULL, content BLOB NOT NULL,
      message_id TEXT NOT NULL, enqueued_at INTEGER NOT NULL, time_to_live INTEGER, delivery_count INTEGER NOT NULL,
      state TEXT NOT NULL, scheduled_for INTEGER, reason TEXT, description TEXT, source TEXT,
      PRIMARY KEY (queue, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sent_ids (
      queue TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (queue, id)
    ) STRICT, WITHOUT ROWID;
  `);
  return database;
}
