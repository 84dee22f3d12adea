import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

export type Format = 'qcow2' | 'raw' | 'vpc';

/** A file with data. Layers form a tree; a disk is a name for a layer. */
export type Layer = {
  readonly id: string;
  readonly path: string;
  readonly format: Format;
  /** Bytes that a guest sees. */
  readonly size: number;
  readonly parent: string | undefined;
  /** False: somebody else's file, which Kiln never deletes. */
  readonly owned: boolean;
  /** False while no machine has written to it, so that it still equals its parent. */
  readonly touched: boolean;
  /** Identity of somebody else's file when it was registered (size and time of change). */
  readonly stamp: string | undefined;
};

export type Disk = { readonly id: string; readonly layer: string; readonly readOnly: boolean };

const SCHEMA = `
CREATE TABLE IF NOT EXISTS layers (
  id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, format TEXT NOT NULL, size INTEGER NOT NULL,
  parent TEXT REFERENCES layers(id), owned INTEGER NOT NULL, touched INTEGER NOT NULL, stamp TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS disks (
  id TEXT PRIMARY KEY, layer TEXT NOT NULL REFERENCES layers(id), read_only INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS layers_parent ON layers(parent);
CREATE INDEX IF NOT EXISTS disks_layer ON disks(layer);
`;

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * What disks there are and what they are layered on. Rows are written after the file they name exists and removed before
 * it is deleted: after a crash at any instruction there may be a file without a row (swept), never a row without a file.
 */
export class Catalogue {
  readonly #database: DatabaseSync;

  /** Throws when another process has the same catalogue open. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    try {
      // Held until this process ends, however it ends.
      this.#database.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;',
      );
      this.#database.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT;`);
    } catch (cause) {
      this.#database.close();
      throw new Error(`${file} is in use by another Kiln; stop it, or choose another data folder`, { cause });
    }
  }

  close(): void {
    this.#database.close();
  }

  layer(id: string): Layer {
    const row = this.#database.prepare('SELECT * FROM layers WHERE id = ?').get(id);
    if (row === undefined) throw new Error(`the disk catalogue has no layer ${id}`);
    return toLayer(row);
  }

  layers(): Layer[] {
    return this.#database.prepare('SELECT * FROM layers').all().map(toLayer);
  }

  disk(id: string): Disk {
    const row = this.#database.prepare('SELECT * FROM disks WHERE id = ?').get(id);
    if (row === undefined) throw new Error(`there is no disk ${id}`);
    return { id, layer: text(row['layer']), readOnly: row['read_only'] === 1 };
  }

  layerOfFile(path: string): Layer | undefined {
    const row = this.#database.prepare('SELECT * FROM layers WHERE path = ?').get(path);
    return row === undefined ? undefined : toLayer(row);
  }

  /** The oldest name of a layer. */
  diskOfLayer(layer: string): string | undefined {
    const row = this.#database
      .prepare('SELECT id FROM disks WHERE layer = ? ORDER BY rowid LIMIT 1')
      .get(layer);
    return row === undefined ? undefined : text(row['id']);
  }

  /** Adds a layer and, in the same transaction, points disks to it or to others. */
  add(layer: Layer, disks: readonly Disk[]): void {
    this.#transaction(() => {
      this.#insertLayer(layer);
      for (const disk of disks) this.#putDisk(disk);
    });
  }

  putDisk(disk: Disk): void {
    this.#transaction(() => this.#putDisk(disk));
  }

  setTouched(layer: string): void {
    this.#database.prepare('UPDATE layers SET touched = 1 WHERE id = ?').run(layer);
  }

  /** The layer's file is empty again, on top of another parent. */
  setRenewed(layer: string, parent: string): void {
    this.#database.prepare('UPDATE layers SET parent = ?, touched = 0 WHERE id = ?').run(parent, layer);
  }

  /** Forgets the disk and every layer that nothing needs any more. Returns the files to delete. */
  remove(disk: string): string[] {
    const files: string[] = [];
    this.#transaction(() => {
      let next: string | undefined = this.disk(disk).layer;
      this.#database.prepare('DELETE FROM disks WHERE id = ?').run(disk);
      while (next !== undefined && !this.#needed(next)) {
        const layer = this.layer(next);
        this.#database.prepare('DELETE FROM layers WHERE id = ?').run(next);
        if (layer.owned) files.push(layer.path);
        next = layer.parent;
      }
    });
    return files;
  }

  #needed(layer: string): boolean {
    const query = `SELECT EXISTS (SELECT 1 FROM disks WHERE layer = ?1)
      OR EXISTS (SELECT 1 FROM layers WHERE parent = ?1) AS needed`;
    return this.#database.prepare(query).get(layer)?.['needed'] === 1;
  }

  #insertLayer(layer: Layer): void {
    this.#database
      .prepare('INSERT INTO layers VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        layer.id,
        layer.path,
        layer.format,
        layer.size,
        layer.parent ?? null,
        layer.owned ? 1 : 0,
        layer.touched ? 1 : 0,
        layer.stamp ?? null,
      );
  }

  #putDisk(disk: Disk): void {
    this.#database
      .prepare(
        'INSERT INTO disks VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET layer = ?2, read_only = ?3',
      )
      .run(disk.id, disk.layer, disk.readOnly ? 1 : 0);
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function toLayer(row: Row): Layer {
  const format = text(row['format']);
  if (format !== 'qcow2' && format !== 'raw' && format !== 'vpc')
    throw new Error(`unknown disk format ${format}`);
  return {
    id: text(row['id']),
    path: text(row['path']),
    format,
    size: Number(row['size']),
    parent: row['parent'] === null ? undefined : text(row['parent']),
    owned: row['owned'] === 1,
    touched: row['touched'] === 1,
    stamp: row['stamp'] === null ? undefined : text(row['stamp']),
  };
}

function text(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new Error('the disk catalogue is damaged: a text is missing');
  return value;
}
