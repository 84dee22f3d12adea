import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * One supervisor per data folder. SQLite's exclusive lock is a lock of the operating system: it goes with the process,
 * however that ends, so there is no stale lock file to judge by process ids that may have been used again.
 */
export class InstanceLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Throws when another supervisor uses the folder. */
  static take(data: string): InstanceLock {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(path.join(data, 'supervisor.lock'));
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw new Error(
        `Another local mode uses ${data}. Stop it first (Ctrl-C in its terminal), or choose another folder with --data.`,
        { cause: error },
      );
    }
    return new InstanceLock(database);
  }

  release(): void {
    this.#database.close();
  }
}
