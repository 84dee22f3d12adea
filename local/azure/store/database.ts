import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Opens the state of the local cloud. `:memory:` keeps nothing. */
export function openDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path.join(dataDir, 'cloud.sqlite'));
  // WAL with NORMAL survives a killed process; only a power cut may lose the last commits, which is fine for a local cloud.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(`
    CREATE TABLE IF NOT EXISTS resources (
      key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
      created INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX IF NOT EXISTS resources_by_type ON resources (type);
    CREATE TABLE IF NOT EXISTS operations (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  `);
  // Data of before these columns existed.
  for (const column of ['created', 'changed', 'revision'])
    if (
      database.prepare("SELECT 1 FROM pragma_table_info('resources') WHERE name = ?").get(column) ===
      undefined
    )
      database.exec(`ALTER TABLE resources ADD COLUMN ${column} INTEGER NOT NULL DEFAULT 0`);
  return database;
}
