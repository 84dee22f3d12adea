import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WindowsSystem } from './windows-system.ts';

/** A disk that has no bytes, only a past: what it was made from and what was done to it. */
export type DiskRecord = {
  readonly id: string;
  readonly parent: string | null;
  readonly sizeBytes: number;
  /** The adopted file, `blank`, or the kind of layer. */
  readonly origin: string;
  readonly history: readonly string[];
  /** Removed by its owner while something is still layered on it. */
  readonly forgotten: boolean;
  /** What scripts have put into the system on it, see inventory.ts. Absent: nothing in this layer. */
  readonly installed?: readonly string[];
  /** What of a Windows on it has changed. Absent: as in the layer below. */
  readonly windows?: WindowsSystem;
};

/** Small JSON files, one for each disk. */
export class DiskFiles {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async read(id: string): Promise<DiskRecord> {
    const text = await readFile(this.#file(id), 'utf8').catch(() => undefined);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!isRecord(value)) throw new Error(`Simulated disk ${id} does not exist.`);
    return value;
  }

  async write(record: DiskRecord): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const file = this.#file(record.id);
    // A reader must never see half a record, and two writers never share a draft.
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(record));
    await rename(draft, file);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
  }

  #file(id: string): string {
    if (!/^[0-9a-f-]{36}$/i.test(id)) throw new Error(`'${id}' is not a disk id.`);
    return path.join(this.#dir, `${id}.json`);
  }
}

function isRecord(value: unknown): value is DiskRecord {
  if (typeof value !== 'object' || value === null) return false;
  return 'id' in value && 'parent' in value && 'sizeBytes' in value && 'history' in value;
}
