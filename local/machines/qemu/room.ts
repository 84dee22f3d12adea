import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { guestAptOptions } from '../host-apt.ts';
import type { DiskId, Machine, MachineRoom, MachineSpec } from '../machine.ts';
import type { Accelerator } from './emulator.ts';
import { chooseAccelerator, qemuVersion, storeVerdict, type Verdict } from './accelerator.ts';
import type { GuestHardware } from './arguments.ts';
import type { Layer } from './catalogue.ts';
import { DiskStore } from './disk-store.ts';
import { type MachineSurroundings, QemuMachine } from './qemu-machine.ts';
import { Traces } from './traces.ts';
import { WarmStarts } from './warm.ts';

export type QemuRoomOptions = {
  /** Disks and their catalogue; one Kiln at a time. */
  readonly dataDir: string;
  /** Warm snapshots and the accelerator's verdict; may be shared. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  /** Lines of apt.conf for every guest, while it runs here. Default: how this host reaches packages. */
  readonly aptOptions?: readonly string[];
  /** When to make a warm snapshot: in a quiet moment after a cold start, or only on request. Default: background. */
  readonly warm?: 'background' | 'on request';
};

/** What a warm snapshot is made for. */
export type WarmShape = Pick<MachineSpec, 'generation' | 'memoryMiB' | 'cpus'>;

export interface QemuRoom extends MachineRoom {
  /** Boots a base image once, so that machines of this shape start within a second. Resolves when it is done. */
  prepareWarm(base: DiskId, shape: WarmShape): Promise<void>;
}

/** A build that follows at once should not share the processors with a snapshot in the making. */
const QUIET_MS = 3000;

/** Real machines on this host. Rejects when QEMU is missing or the data folder is in use. */
export async function createQemuRoom(options: QemuRoomOptions): Promise<QemuRoom> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const version = await qemuVersion();
  const store = await DiskStore.open(options.dataDir);
  try {
    const traces = new Traces(join(options.dataDir, 'machines'));
    const left = await traces.sweep();
    if (left > 0) options.log(`${left} machines of an earlier process were cleaned up`);
    const warm = new WarmStarts({
      cacheDir: options.cacheDir,
      qemuVersion: version,
      store,
      log: options.log,
    });
    await warm.sweep();
    const verdict = await chooseAccelerator(options.cacheDir, version);
    const aptOptions = options.aptOptions ?? (await guestAptOptions());
    return new Room(options, { version, store, traces, warm, aptOptions }, verdict);
  } catch (error) {
    store.close();
    throw error;
  }
}

type Parts = {
  readonly version: string;
  readonly store: DiskStore;
  readonly traces: Traces;
  readonly warm: WarmStarts;
  readonly aptOptions: readonly string[];
};

class Room implements QemuRoom {
  readonly kind = 'qemu';
  readonly disks: DiskStore;
  readonly #options: QemuRoomOptions;
  readonly #parts: Parts;
  readonly #machines = new Set<Machine>();
  readonly #closing = new AbortController();
  #verdict: Verdict;
  #wanted: { readonly hardware: GuestHardware; readonly base: Layer } | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #preparing: Promise<void> = Promise.resolve();

  constructor(options: QemuRoomOptions, parts: Parts, verdict: Verdict) {
    this.#options = options;
    this.#parts = parts;
    this.#verdict = verdict;
    this.disks = parts.store;
  }

  get description(): string {
    const { accelerator, reason } = this.#verdict;
    return `QEMU ${this.#parts.version}, ${accelerator.toUpperCase()} (${reason})`;
  }

  async create(spec: MachineSpec): Promise<Machine> {
    this.#closing.signal.throwIfAborted();
    const machine = new QemuMachine(spec, this.#surroundings());
    this.#machines.add(machine);
    return machine;
  }

  async prepareWarm(base: DiskId, shape: WarmShape): Promise<void> {
    const accelerator = await this.#accelerator();
    const hardware = { ...shape, accelerator, disk: '', dataDisks: [], sockets: '', variables: '' };
    await this.#prepare(hardware, this.disks.layerOf(base));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the machine room is closed'));
    clearTimeout(this.#quiet);
    await Promise.all([...this.#machines].map((machine) => machine.dispose()));
    await this.#preparing;
    this.#parts.store.close();
  }

  #surroundings(): MachineSurroundings {
    return {
      store: this.#parts.store,
      traces: this.#parts.traces,
      warm: this.#parts.warm,
      aptOptions: this.#parts.aptOptions,
      folder: join(this.#options.dataDir, 'machines'),
      log: this.#options.log,
      accelerator: () => this.#accelerator(),
      distrust: (verdict) => this.#distrust(verdict),
      onColdStart: (hardware, base) => {
        this.#wanted = { hardware, base };
      },
      onStopped: () => this.#prepareWhenQuiet(),
      onDisposed: (machine) => void this.#machines.delete(machine),
    };
  }

  /** Asked for at each start: the first base image, which brings the probe's kernel, may be newer than this room. */
  async #accelerator(): Promise<Accelerator> {
    this.#verdict = await chooseAccelerator(this.#options.cacheDir, this.#parts.version);
    return this.#verdict.accelerator;
  }

  async #distrust(verdict: Verdict): Promise<void> {
    this.#verdict = verdict;
    this.#options.log(`${this.description}: machines are emulated from now on`);
    await storeVerdict(this.#options.cacheDir, this.#parts.version, verdict);
  }

  #prepareWhenQuiet(): void {
    clearTimeout(this.#quiet);
    if (this.#options.warm === 'on request') return;
    this.#quiet = setTimeout(() => {
      const wanted = this.#wanted;
      if (wanted === undefined || [...this.#machines].some((machine) => machine.power !== 'stopped')) return;
      this.#wanted = undefined;
      this.#prepare(wanted.hardware, wanted.base).catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#options.log(`no warm start: ${String(error)}`);
      });
    }, QUIET_MS);
    this.#quiet.unref();
  }

  /** One at a time. */
  async #prepare(hardware: GuestHardware, base: Layer): Promise<void> {
    const next = this.#preparing.then(() => this.#parts.warm.prepare(hardware, base, this.#closing.signal));
    this.#preparing = next.catch(() => {});
    await next;
  }
}
