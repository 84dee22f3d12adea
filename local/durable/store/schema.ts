import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS instance (
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, input TEXT NOT NULL,
    status TEXT NOT NULL, customStatus TEXT, output TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL, parent TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS instance_created ON instance (created, id, status);
  CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT, timer INTEGER,
    due INTEGER NOT NULL, event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_of_instance ON message (instance, due, id);
  CREATE INDEX IF NOT EXISTS timer_due ON message (due) WHERE timer IS NOT NULL;
  CREATE TABLE IF NOT EXISTS activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT NOT NULL
  ) STRICT;
`;

/** The file under the data directory that holds everything the engine knows. */
export function databaseFile(dataDir: string): string {
  return path.join(dataDir, 'durable.db');
}

/**
 * Opens or makes the database. WAL with synchronous=NORMAL: a commit survives the death of the process at any instruction,
 * which is what the engine promises, and costs no fsync. After a power cut the last commits may be missing, but the file is
 * whole, so that the instances carry on from an earlier turn: the same as an activity that ran twice.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true });
  const database = new DatabaseSync(databaseFile(dataDir), { timeout: 2000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(SCHEMA);
  return database;
}

/** One that lives as long as its process, for tests of orchestrators. */
export function memoryDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(SCHEMA);
  return database;
}

/**
 * Two engines on one directory would run everything twice. The lock is a transaction held open in a file of its own,
 * because the operating system drops it with the process, whatever kills it. Returns how to give it back.
 */
export function lockDirectory(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const lock = new DatabaseSync(path.join(dataDir, 'host.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(
      `The data directory ${dataDir} is in use by another host. Stop it, or start with another --data directory.`,
      { cause },
    );
  }
  return () => lock.close();
}
