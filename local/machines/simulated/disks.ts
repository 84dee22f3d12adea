import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DiskContent } from '../disk-content.ts';
import type { DiskId, Disks } from '../machine.ts';
import { FOOTER_BYTES, readFooter } from '../vhd-footer.ts';
import { FRESH, started, type WindowsSystem } from './windows-system.ts';
import { listing } from './inventory.ts';
import { DiskFiles, type DiskRecord } from './disk-files.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** The disk store of simulated machines: it keeps the layers that a real one would have, without content. */
export class SimulatedDisks implements Disks {
  readonly #files: DiskFiles;
  readonly #dir: string;
  #changes: Promise<unknown> = Promise.resolve();

  constructor(dir: string) {
    this.#dir = dir;
    this.#files = new DiskFiles(dir);
  }

  async adopt(file: string, format: 'qcow2' | 'raw' | 'vpc'): Promise<DiskId> {
    const absolute = path.resolve(file);
    const id = guidOf(absolute);
    const sizeBytes = await sizeOf(absolute, format);
    await this.#files.write(record(id, null, sizeBytes, `file ${path.basename(absolute)}`));
    return id;
  }

  /** A marketplace image has no file here: its name makes its id. */
  async platformImage(name: string, sizeGiB: number): Promise<DiskId> {
    const id = guidOf(name);
    await this.#files.write(record(id, null, sizeGiB * GIB, `image ${name}`));
    return id;
  }

  async overlay(parent: DiskId, sizeGiB?: number): Promise<DiskId> {
    const { sizeBytes } = await this.#files.read(parent);
    const grown = Math.max(sizeBytes, (sizeGiB ?? 0) * GIB);
    return this.#add(record(randomUUID(), parent, grown, 'overlay'));
  }

  async blank(sizeGiB: number): Promise<DiskId> {
    return this.#add(record(randomUUID(), null, sizeGiB * GIB, 'blank'));
  }

  snapshot(disk: DiskId): Promise<DiskId> {
    return this.#inTurn(() => this.#freeze(disk));
  }

  async #freeze(disk: DiskId): Promise<DiskId> {
    const current = await this.#files.read(disk);
    const frozen = { ...current, id: randomUUID() };
    await this.#files.write(frozen);
    const { windows: _below, installed: _inBelow, ...own } = current;
    await this.#files.write({ ...own, parent: frozen.id, origin: 'overlay', history: [] });
    return frozen.id;
  }

  async virtualSize(disk: DiskId): Promise<number> {
    return (await this.#files.read(disk)).sizeBytes;
  }

  /** One MiB whose first sector says what it is; nobody can mistake it for something bootable. */
  async content(disk: DiskId): Promise<DiskContent> {
    const layers = await this.#layers(disk);
    const lines = layers.flatMap(({ origin, history }) => [origin, ...history.map((entry) => `  ${entry}`)]);
    const text = `simulated disk ${disk}: no guest ran, this VHD does not boot\n${lines.join('\n')}\n`;
    const bytes = Buffer.alloc(MIB);
    bytes.write(text);
    return {
      size: MIB,
      key: undefined,
      base: undefined,
      changes: [{ offset: 0, length: MIB, zero: false }],
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }

  remove(disk: DiskId): Promise<void> {
    return this.#inTurn(async () => {
      const found = await this.#files.read(disk).catch(() => undefined);
      if (found === undefined) return;
      await this.#files.write({ ...found, forgotten: true });
      await this.#sweep(found);
    });
  }

  /** Remembers what a machine did to its disk. */
  note(disk: DiskId, entry: string): Promise<void> {
    return this.#inTurn(async () => {
      const current = await this.#files.read(disk);
      await this.#files.write({ ...current, history: [...current.history, entry] });
    });
  }

  /** The output of a machine that lists what is on its disk. */
  async listing(disk: DiskId, withSource: boolean): Promise<string> {
    return listing(await this.#layers(disk), withSource);
  }

  install(disk: DiskId, lines: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const current = await this.#files.read(disk);
      await this.#files.write({ ...current, installed: [...(current.installed ?? []), ...lines] });
    });
  }

  /** The Windows on a disk: its newest layer that has one. */
  async windows(disk: DiskId): Promise<WindowsSystem> {
    const layers = await this.#layers(disk);
    // One of an older release has files only.
    return { ...FRESH, ...layers.findLast((layer) => layer.windows !== undefined)?.windows };
  }

  /** Services that do not start by themselves are down after a start. */
  async startWindows(disk: DiskId): Promise<void> {
    const layers = await this.#layers(disk);
    if (layers.some((layer) => layer.windows !== undefined))
      await this.keepWindows(disk, started(await this.windows(disk)));
  }

  keepWindows(disk: DiskId, windows: WindowsSystem): Promise<void> {
    return this.#inTurn(async () => this.#files.write({ ...(await this.#files.read(disk)), windows }));
  }

  /** A script that is killed still notes its end while its disk is being removed: one change at a time. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const mine = this.#changes.then(change);
    this.#changes = mine.catch(() => undefined);
    return mine;
  }

  async #add(disk: DiskRecord): Promise<DiskId> {
    await this.#files.write(disk);
    return disk.id;
  }

  /** Oldest layer first. */
  async #layers(disk: DiskId): Promise<DiskRecord[]> {
    const layers: DiskRecord[] = [];
    for (let id: string | null = disk; id !== null; id = layers[0]?.parent ?? null)
      layers.unshift(await this.#files.read(id));
    return layers;
  }

  /** Removes a forgotten disk that carries no layer, then its parent by the same rule. */
  async #sweep(disk: DiskRecord): Promise<void> {
    const names = await readdir(this.#dir);
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
    const all = await Promise.all(ids.map((id) => this.#files.read(id).catch(() => undefined)));
    if (all.some((other) => other?.parent === disk.id)) return;
    await this.#files.remove(disk.id);
    const parent = all.find((other) => other?.id === disk.parent);
    if (parent?.forgotten === true) await this.#sweep(parent);
  }
}

function record(id: string, parent: string | null, sizeBytes: number, origin: string): DiskRecord {
  return { id, parent, sizeBytes, origin, history: [], forgotten: false };
}

function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

async function sizeOf(file: string, format: 'qcow2' | 'raw' | 'vpc'): Promise<number> {
  const { size } = await stat(file);
  const handle = await open(file, 'r');
  try {
    if (format === 'qcow2') {
      const header = Buffer.alloc(32);
      await handle.read(header, 0, 32, 0);
      return Number(header.readBigUInt64BE(24));
    }
    if (format === 'raw') return size;
    const footer = Buffer.alloc(FOOTER_BYTES);
    await handle.read(footer, 0, FOOTER_BYTES, Math.max(0, size - FOOTER_BYTES));
    const read = readFooter(footer);
    if (read === undefined) throw new Error(`${path.basename(file)} is not a fixed VHD.`);
    return read.size;
  } finally {
    await handle.close();
  }
}
