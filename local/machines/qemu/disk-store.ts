import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { command } from '../command.ts';
import type { DiskContent } from '../disk-content.ts';
import type { DiskId, Disks } from '../machine.ts';
import { Catalogue, type Format, type Layer } from './catalogue.ts';
import { openContent } from './content.ts';
import { isObject } from './json-channel.ts';

const GIB = 1024 ** 3;

/** Lets a running machine write to another file, which is empty and layered on the one so far. */
type GoOn = (file: string) => Promise<void>;

/** Disks as qcow2 layers in a folder. Nothing is ever copied. */
export class DiskStore implements Disks {
  readonly #folder: string;
  readonly #catalogue: Catalogue;
  /** Disks of running machines, with what makes one go on in another file; undefined until its machine is up. */
  readonly #attached = new Map<DiskId, GoOn | undefined>();
  /** Changes of one store follow one another: each reads the catalogue, makes a file, and writes the catalogue. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, catalogue: Catalogue) {
    this.#folder = folder;
    this.#catalogue = catalogue;
  }

  /** Opens the store in `dataDir` and deletes files that a crash left without an entry. */
  static async open(dataDir: string): Promise<DiskStore> {
    const folder = join(dataDir, 'disks');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const catalogue = new Catalogue(join(dataDir, 'disks.db'));
    const known = new Set(catalogue.layers().map((layer) => basename(layer.path)));
    for (const name of await readdir(folder))
      if (!known.has(name)) await rm(join(folder, name), { force: true });
    return new DiskStore(await realpath(folder), catalogue);
  }

  close(): void {
    this.#catalogue.close();
  }

  adopt(file: string, format: Format): Promise<DiskId> {
    return this.#inTurn(async () => {
      const path = await realpath(file);
      const stamp = await stampOf(path);
      const disk = randomUUID();
      const known = this.#catalogue.layerOfFile(path);
      if (known !== undefined) {
        assertUnchanged(known, stamp);
        const existing = this.#catalogue.diskOfLayer(known.id);
        if (existing === undefined) this.#catalogue.putDisk({ id: disk, layer: known.id, readOnly: true });
        return existing ?? disk;
      }
      const size = await virtualSizeOf(path, format);
      const layer = {
        id: randomUUID(),
        path,
        format,
        size,
        parent: undefined,
        owned: false,
        touched: true,
        stamp,
      };
      this.#catalogue.add(layer, [{ id: disk, layer: layer.id, readOnly: true }]);
      return disk;
    });
  }

  overlay(parent: DiskId, sizeGiB?: number): Promise<DiskId> {
    return this.#inTurn(async () => {
      const frozen = await this.#freeze(parent);
      const wanted = sizeGiB === undefined ? frozen.size : sizeGiB * GIB;
      if (wanted < frozen.size)
        throw new Error(
          `a disk of ${sizeGiB} GiB cannot hold its source of ${(frozen.size / GIB).toFixed(1)} GiB`,
        );
      const disk = randomUUID();
      const layer = await this.#newLayer(wanted, frozen);
      this.#catalogue.add(layer, [{ id: disk, layer: layer.id, readOnly: false }]);
      return disk;
    });
  }

  blank(sizeGiB: number): Promise<DiskId> {
    return this.#inTurn(async () => {
      const disk = randomUUID();
      const layer = await this.#newLayer(sizeGiB * GIB);
      this.#catalogue.add(layer, [{ id: disk, layer: layer.id, readOnly: false }]);
      return disk;
    });
  }

  snapshot(disk: DiskId): Promise<DiskId> {
    return this.#inTurn(async () => {
      const frozen = await this.#freeze(disk);
      const id = randomUUID();
      this.#catalogue.putDisk({ id, layer: frozen.id, readOnly: true });
      return id;
    });
  }

  async virtualSize(disk: DiskId): Promise<number> {
    return this.#layerOf(disk).size;
  }

  content(disk: DiskId): Promise<DiskContent> {
    return this.#inTurn(async () => {
      const isFixed = this.#catalogue.disk(disk).readOnly;
      // The frozen layer never changes, whatever is written to the disk while its content is read.
      const layer = await this.#freeze(disk);
      return openContent(layer, join(this.#folder, `${randomUUID()}.raw`), isFixed);
    });
  }

  remove(disk: DiskId): Promise<void> {
    return this.#inTurn(async () => {
      this.#assertIdle(disk);
      for (const file of this.#catalogue.remove(disk)) await rm(file, { force: true });
    });
  }

  /** Reserves a disk for a machine and tells its file. `release` gives it back. */
  async attach(disk: DiskId): Promise<Layer> {
    return this.#inTurn(async () => {
      this.#assertIdle(disk);
      if (this.#catalogue.disk(disk).readOnly)
        throw new Error(`disk ${disk} is read-only; give the machine an overlay of it`);
      const layer = this.#layerOf(disk);
      await this.#assertChainUnchanged(layer);
      this.#attached.set(disk, undefined);
      return layer;
    });
  }

  /** From now on the disk can be frozen although its machine runs. */
  whileRunning(disk: DiskId, goOn: GoOn): void {
    if (this.#attached.has(disk)) this.#attached.set(disk, goOn);
  }

  release(disk: DiskId): void {
    this.#attached.delete(disk);
  }

  /** From now on the disk differs from what it is layered on. */
  markTouched(layer: Layer): void {
    this.#catalogue.setTouched(layer.id);
  }

  /** The registered file that the layer still equals, byte for byte and in size. */
  pristineBase(layer: Layer): Layer | undefined {
    let base = this.#catalogue.layer(layer.id);
    while (!base.touched) {
      const parent = this.#parentOf(base);
      if (parent === undefined || parent.size !== base.size) return undefined;
      base = parent;
    }
    return base.owned ? undefined : base;
  }

  #parentOf(layer: Layer): Layer | undefined {
    return layer.parent === undefined ? undefined : this.#catalogue.layer(layer.parent);
  }

  layerOf(disk: DiskId): Layer {
    return this.#layerOf(disk);
  }

  /**
   * Empties a layer and puts it on top of `onto`, which has the content that the layer shall have, for example the disk
   * of a warm snapshot. What was written to the layer is lost.
   */
  renew(layer: Layer, onto: Layer): Promise<void> {
    return this.#inTurn(async () => {
      const fresh = await this.#newLayer(layer.size, onto);
      // A crash between the two leaves a file that is layered on `onto` while the catalogue names the old parent; both
      // have the same content, and neither is deleted while the catalogue's other entries hold it.
      await rename(fresh.path, layer.path);
      this.#catalogue.setRenewed(layer.id, onto.id);
    });
  }

  #layerOf(disk: DiskId): Layer {
    return this.#catalogue.layer(this.#catalogue.disk(disk).layer);
  }

  #assertIdle(disk: DiskId): void {
    if (this.#attached.has(disk))
      throw new Error(`disk ${disk} is in use by a running machine; stop it first`);
  }

  /** The layer with the disk's content so far, which nobody writes to again: the disk goes on in a new layer. */
  async #freeze(id: DiskId): Promise<Layer> {
    const goOn = this.#attached.get(id);
    if (goOn === undefined) this.#assertIdle(id);
    const disk = this.#catalogue.disk(id);
    const layer = this.#catalogue.layer(disk.layer);
    await this.#assertChainUnchanged(layer);
    if (disk.readOnly) return layer;
    const next = await this.#newLayer(layer.size, layer);
    // Before the catalogue knows: of a host that dies in between, no machine is left that wrote to the new file.
    if (goOn !== undefined)
      await goOn(next.path).catch(async (error: unknown) => {
        await rm(next.path, { force: true });
        throw error;
      });
    const touched = goOn !== undefined;
    this.#catalogue.add({ ...next, touched }, [{ id, layer: next.id, readOnly: false }]);
    return layer;
  }

  async #newLayer(size: number, parent?: Layer): Promise<Layer> {
    const id = randomUUID();
    const path = join(this.#folder, `${id}.qcow2`);
    const backing = parent === undefined ? [] : ['-F', parent.format, '-b', parent.path];
    await command('qemu-img', ['create', '-q', '-f', 'qcow2', ...backing, path, String(size)]);
    return {
      id,
      path,
      format: 'qcow2',
      size,
      parent: parent?.id,
      owned: true,
      touched: false,
      stamp: undefined,
    };
  }

  async #assertChainUnchanged(layer: Layer): Promise<void> {
    for (let next: Layer | undefined = layer; next !== undefined; next = this.#parentOf(next))
      if (next.stamp !== undefined) assertUnchanged(next, await stampOf(next.path));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return `${size} ${mtimeNs}`;
}

function assertUnchanged(layer: Layer, stamp: string): void {
  if (layer.stamp !== stamp)
    throw new Error(
      `${layer.path} has changed since disks were made from it; restore it, or register a copy`,
    );
}

async function virtualSizeOf(path: string, format: Format): Promise<number> {
  const info: unknown = JSON.parse(await command('qemu-img', ['info', '--output=json', '-f', format, path]));
  if (!isObject(info) || typeof info['virtual-size'] !== 'number')
    throw new Error(`qemu-img cannot read ${path}`);
  return info['virtual-size'];
}
