import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command.ts';
import { type GuestHardware, qemuArguments, UEFI_CODE, UEFI_VARIABLES } from './arguments.ts';
import type { Layer } from './catalogue.ts';
import type { DiskStore } from './disk-store.ts';
import { Ring } from './ring.ts';
import { loadState, saveState } from './migration.ts';
import { GuestSession } from './session.ts';

type MemoryFile = NonNullable<GuestHardware['memoryFile']>;
type Launch = (memoryFile: MemoryFile, inherited: number) => Promise<GuestSession>;

/** A base image that has booted and waits. */
export type WarmSnapshot = {
  /** Puts the machine's empty layer on the snapshot's disk and gives it the snapshot's UEFI settings. */
  prepare(layer: Layer, variables: string): Promise<void>;
  /** Starts QEMU with a private view of the snapshot's memory. Resolves when the clone is a machine of its own. */
  resume(launch: Launch): Promise<void>;
  /** Puts the layer back on its base, empty. */
  undo(layer: Layer): Promise<void>;
};

const BOOT_DEADLINE_MS = 300_000;

/**
 * What is not in memory yet at the snapshot is read again by each clone; what differs per machine must not be in it:
 * the random seed on disk is dropped, the machine id is replaced when a clone wakes.
 */
const SETTLE = `systemctl is-system-running --wait >/dev/null
rm -f /var/lib/systemd/random-seed
sync
fstrim / 2>/dev/null
echo 3 > /proc/sys/vm/drop_caches
cat /etc/ssl/openssl.cnf /usr/bin/perl /bin/sh /usr/bin/env > /dev/null
sync
`;

export type WarmOptions = {
  readonly cacheDir: string;
  readonly qemuVersion: string;
  readonly store: DiskStore;
  readonly log: (line: string) => void;
};

/**
 * Snapshots of booted base images, one for each base, kind of machine and QEMU. A machine whose boot disk still equals
 * the base goes on from the snapshot instead of booting.
 */
export class WarmStarts {
  readonly #options: WarmOptions;
  readonly #folder: string;

  constructor(options: WarmOptions) {
    this.#options = options;
    this.#folder = join(options.cacheDir, 'warm');
  }

  /** The snapshot that a machine with this hardware and boot layer can go on from. */
  async find(hardware: GuestHardware, layer: Layer): Promise<WarmSnapshot | undefined> {
    const { store } = this.#options;
    const base = store.pristineBase(layer);
    if (base === undefined || hardware.dataDisks.length > 0) return undefined;
    const folder = join(this.#folder, await this.#key(hardware, base));
    const complete = await exists(join(folder, 'state'));
    if (!complete) return undefined;
    return {
      prepare: async (own, variables) => {
        const disk = await store.adopt(join(folder, 'disk.qcow2'), 'qcow2');
        await store.renew(own, store.layerOf(disk));
        if (hardware.generation === 'V2') await copyFile(join(folder, 'variables'), variables);
      },
      resume: (launch) => resume(folder, launch),
      undo: (own) => store.renew(own, base),
    };
  }

  /**
   * Boots a registered base image once and stores it; resolves when the snapshot is there. About 20 s under emulation.
   * `signal` stops it and leaves nothing.
   */
  async prepare(hardware: GuestHardware, base: Layer, signal: AbortSignal): Promise<void> {
    if (await this.#isThere(hardware, base)) return;
    const key = await this.#key(hardware, base);
    const making = join(this.#folder, `.making-${key}-${process.pid}`);
    await rm(making, { recursive: true, force: true });
    await mkdir(making, { recursive: true, mode: 0o700 });
    const started = performance.now();
    try {
      await this.#make({ ...hardware, disk: join(making, 'disk.qcow2') }, base, making, signal);
      // Another process may have been quicker; its snapshot is as good.
      await rename(making, join(this.#folder, key)).catch(() => {});
      const took = ((performance.now() - started) / 1000).toFixed(1);
      this.#options.log(`warm start of ${base.path} is ready (${took} s, ${hardware.generation})`);
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }

  /** Deletes what processes that no longer live were making. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const maker = /^\.making-.*-(\d+)$/.exec(name)?.[1];
      if (maker === undefined || (await exists(`/proc/${maker}`))) continue;
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  async #isThere(hardware: GuestHardware, base: Layer): Promise<boolean> {
    return exists(join(this.#folder, await this.#key(hardware, base), 'state'));
  }

  async #make(hardware: GuestHardware, base: Layer, folder: string, signal: AbortSignal): Promise<void> {
    const variables = join(folder, 'variables');
    const disk = ['-f', 'qcow2', '-F', base.format, '-b', base.path, hardware.disk, String(base.size)];
    await command('qemu-img', ['create', '-q', ...disk]);
    if (hardware.generation === 'V2') await copyFile(UEFI_VARIABLES, variables);
    signal.throwIfAborted();
    const memoryFile: MemoryFile = { path: join(folder, 'memory'), use: 'write' };
    const session = await GuestSession.launch({
      arguments: (sockets) => qemuArguments({ ...hardware, variables, sockets, memoryFile }),
      console: new Ring(4096),
      aptOptions: [],
      onSpawn: () => {},
    });
    const stop = (): void => void session.kill();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await session.ready(BOOT_DEADLINE_MS);
      await settle(session, signal);
      await saveState(session.qmp, join(folder, 'state'));
    } finally {
      signal.removeEventListener('abort', stop);
      await session.kill();
    }
  }

  /** Everything that a snapshot depends on: QEMU, firmware, the base, and each argument that shapes the machine. */
  async #key(hardware: GuestHardware, base: Layer): Promise<string> {
    const memoryFile: MemoryFile = { path: 'memory', use: 'copy' };
    const neutral = { ...hardware, disk: 'disk', variables: 'variables', sockets: 'sockets', memoryFile };
    const firmware = hardware.generation === 'V2' ? await identity(UEFI_CODE) : '';
    const parts = [
      this.#options.qemuVersion,
      firmware,
      await baseDigest(base),
      qemuArguments(neutral),
      SETTLE,
    ];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  }
}

async function settle(session: GuestSession, signal: AbortSignal): Promise<void> {
  const outcome = await session.run({
    id: 'settle',
    script: SETTLE,
    environment: {},
    timeoutSeconds: 120,
    onOutput: () => {},
    signal,
  });
  if (outcome.exitCode !== 0) throw new Error(`the base image did not settle: exit code ${outcome.exitCode}`);
}

async function resume(folder: string, launch: Launch): Promise<void> {
  const state = await open(join(folder, 'state'));
  try {
    const session = await launch({ path: join(folder, 'memory'), use: 'copy' }, state.fd);
    await loadState(session.qmp);
    await session.awaken();
  } finally {
    await state.close();
  }
}

/** The recipe's checksum file beside the image where there is one; otherwise the file as it was registered. */
async function baseDigest(base: Layer): Promise<string> {
  const stored = await readFile(`${base.path}.sha256`, 'utf8').catch(() => '');
  return stored === '' ? `${base.path} ${base.stamp}` : stored;
}

async function identity(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${file} ${size} ${mtimeMs}`;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
