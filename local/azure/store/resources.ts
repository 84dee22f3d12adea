import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { parseObject, type JsonObject } from '../json.ts';
import { keyOf, typeOf } from './ids.ts';

export type Resource = {
  readonly id: string;
  /** What ARM shows. */
  readonly body: JsonObject;
  /** What only this cloud knows: backing disks, power, generalized. */
  readonly state: JsonObject;
};

type Row = Record<string, SQLOutputValue>;

/** All ARM resources, by id without case. Every change is on disk when the method returns. */
export class ResourceStore {
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #history: StatementSync;
  readonly #under: StatementSync;

  constructor(database: DatabaseSync) {
    this.#get = database.prepare('SELECT id, body, state FROM resources WHERE key = ?');
    this.#put = database.prepare(
      `INSERT INTO resources (key, id, type, body, state, created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (key) DO UPDATE SET body = excluded.body, state = excluded.state, changed = excluded.changed,
         revision = revision + 1`,
    );
    this.#history = database.prepare('SELECT created, changed, revision FROM resources WHERE key = ?');
    this.#remove = database.prepare('DELETE FROM resources WHERE key = ?');
    this.#under = database.prepare(
      `SELECT id, body, state FROM resources
       WHERE key >= ?1 AND key < ?2 AND (?3 = '' OR type = ?3) ORDER BY rowid`,
    );
  }

  get(id: string): Resource | undefined {
    const row = this.#get.get(keyOf(id));
    return row === undefined ? undefined : toResource(row);
  }

  put(resource: Resource): Resource {
    const { id, body, state } = resource;
    const [type, now] = [typeOf(id).toLowerCase(), Date.now()];
    this.#put.run(keyOf(id), id, type, JSON.stringify(body), JSON.stringify(state), now);
    return resource;
  }

  /** Changes body properties or state of a resource that is still there; undefined when it went meanwhile. */
  change(id: string, change: { properties?: JsonObject; body?: JsonObject; state?: JsonObject }) {
    const found = this.get(id);
    if (found === undefined) return undefined;
    const properties = { ...toProperties(found.body), ...change.properties };
    const body = { ...found.body, ...change.body, properties };
    return this.put({ id: found.id, body, state: { ...found.state, ...change.state } });
  }

  /** Milliseconds since 1970, and how often it was written. */
  historyOf(id: string): { readonly created: number; readonly changed: number; readonly revision: number } {
    const row = this.#history.get(keyOf(id));
    const read = (column: string) => Number(row?.[column] ?? 0);
    return { created: read('created'), changed: read('changed'), revision: read('revision') };
  }

  remove(id: string): void {
    this.#remove.run(keyOf(id));
  }

  /** Resources below an id, oldest first; `type` narrows to one resource type. */
  list(under: string, type = ''): Resource[] {
    const prefix = `${keyOf(under)}/`;
    return this.#under.all(prefix, `${prefix}\u{10ffff}`, type.toLowerCase()).map(toResource);
  }
}

function toProperties(body: JsonObject): JsonObject {
  const { properties } = body;
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
    ? properties
    : {};
}

function toResource(row: Row): Resource {
  return { id: text(row, 'id'), body: parsed(row, 'body'), state: parsed(row, 'state') };
}

function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}

function parsed(row: Row, column: string): JsonObject {
  return parseObject(text(row, column)) ?? {};
}
