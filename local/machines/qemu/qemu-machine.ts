import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine, MachineSpec, PowerState, RunOutcome, RunRequest } from '../machine.ts';
import type { Accelerator } from './emulator.ts';
import type { Verdict } from './accelerator.ts';
import { type GuestHardware, qemuArguments, UEFI_VARIABLES } from './arguments.ts';
import type { Layer } from './catalogue.ts';
import type { DiskStore } from './disk-store.ts';
import { Ring } from './ring.ts';
import { GuestSession } from './session.ts';
import type { Traces } from './traces.ts';
import type { WarmStarts } from './warm.ts';

const SERIAL_BYTES = 256 * 1024;
/** Under emulation on a busy host a boot takes a minute. */
const BOOT_DEADLINE_MS = 300_000;
const POWER_OFF_DEADLINE_MS = 120_000;

/** What a machine needs of its room. */
export type MachineSurroundings = {
  readonly store: DiskStore;
  readonly traces: Traces;
  readonly warm: WarmStarts;
  readonly aptOptions: readonly string[];
  /** Folder for what lives as long as the machine. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly accelerator: () => Promise<Accelerator>;
  /** A guest did not come up under KVM. */
  readonly distrust: (verdict: Verdict) => Promise<void>;
  /** A machine came up cold that a warm snapshot would have served. */
  readonly onColdStart: (hardware: GuestHardware, base: Layer) => void;
  readonly onStopped: () => void;
  readonly onDisposed: (machine: Machine) => void;
};

type Attached = { readonly disk: string; readonly layer: Layer };

/** A machine that is a QEMU process while it is on. */
export class QemuMachine implements Machine {
  readonly id: string;
  readonly #spec: MachineSpec;
  readonly #around: MachineSurroundings;
  readonly #console = new Ring(SERIAL_BYTES);
  readonly #variables: string;
  readonly #listeners = new Set<() => void>();
  #power: PowerState = 'stopped';
  #session: GuestSession | undefined;
  #hasVariables = false;
  #stopAsked = false;
  #disposed = false;

  constructor(spec: MachineSpec, around: MachineSurroundings) {
    this.id = spec.id;
    this.#spec = spec;
    this.#around = around;
    this.#variables = join(around.folder, `${encodeURIComponent(spec.id)}.fd`);
  }

  get power(): PowerState {
    return this.#power;
  }

  get agent(): string | undefined {
    return this.#session?.agentVersion;
  }

  async start(): Promise<void> {
    if (this.#disposed) throw new Error(`machine ${this.id} was disposed of`);
    if (this.#power !== 'stopped') throw new Error(`machine ${this.id} is ${this.#power} already`);
    this.#power = 'starting';
    this.#stopAsked = false;
    const attached: Attached[] = [];
    try {
      for (const disk of [this.#spec.disk, ...this.#spec.dataDisks.map((data) => data.disk)])
        attached.push({ disk, layer: await this.#around.store.attach(disk) });
      await this.#prepareVariables();
      await this.#boot(attached);
      this.#power = 'running';
      this.#letFreeze();
    } catch (error) {
      await this.#session?.kill();
      this.#release(attached);
      throw error;
    }
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    return this.#on().run(request);
  }

  async restart(): Promise<void> {
    await this.#on().reboot(BOOT_DEADLINE_MS);
  }

  async powerOff(force: boolean): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#stopAsked = true;
    this.#power = 'stopping';
    if (force) return session.kill();
    session.askToPowerOff();
    const timer = setTimeout(() => {
      this.#around.log(`machine ${this.id} did not power off in time and is switched off`);
      void session.kill();
    }, POWER_OFF_DEADLINE_MS);
    await session.ended;
    clearTimeout(timer);
  }

  onPowerOff(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async serialLog(): Promise<string> {
    return this.#console.toString();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.powerOff(true);
    await rm(this.#variables, { force: true });
    this.#around.onDisposed(this);
  }

  #on(): GuestSession {
    if (this.#session === undefined || this.#power !== 'running')
      throw new Error(`machine ${this.id} is ${this.#power}; start it first`);
    return this.#session;
  }

  /**
   * Disks can be kept as they are while the machine goes on in a layer above.
   * https://www.qemu.org/docs/master/interop/live-block-operations.html
   */
  #letFreeze(): void {
    const { disk, dataDisks } = this.#spec;
    const drives = [
      { disk, device: 'os' },
      ...dataDisks.map((data) => ({ ...data, device: `data${data.lun}` })),
    ];
    for (const { disk: id, device } of drives)
      this.#around.store.whileRunning(id, async (file) => {
        const options = { device, 'snapshot-file': file, format: 'qcow2', mode: 'existing' };
        await this.#on().qmp.call('blockdev-snapshot-sync', options);
      });
  }

  /** UEFI's settings live as long as the machine. */
  async #prepareVariables(): Promise<void> {
    if (this.#spec.generation === 'V1' || this.#hasVariables) return;
    await copyFile(UEFI_VARIABLES, this.#variables);
    this.#hasVariables = true;
  }

  async #boot(attached: readonly Attached[]): Promise<void> {
    const accelerator = await this.#around.accelerator();
    if (await this.#bootWarm(attached, accelerator)) return;
    const deadline = BOOT_DEADLINE_MS;
    if (accelerator === 'tcg') return this.#bootCold(attached, accelerator, deadline);
    try {
      await this.#bootCold(attached, accelerator, deadline / 3);
    } catch (error) {
      if (this.#disposed || this.#stopAsked) throw error;
      const reason = 'KVM is present but a guest did not boot with it';
      await this.#around.distrust({ accelerator: 'tcg', reason });
      await this.#session?.kill();
      await this.#bootCold(attached, 'tcg', deadline);
    }
  }

  async #bootCold(
    attached: readonly Attached[],
    accelerator: Accelerator,
    deadlineMs: number,
  ): Promise<void> {
    const boot = attached[0];
    const base = boot === undefined ? undefined : this.#around.store.pristineBase(boot.layer);
    for (const { layer } of attached) this.#around.store.markTouched(layer);
    const started = performance.now();
    const session = await this.#launch(attached, (sockets) => this.#hardware(attached, accelerator, sockets));
    await session.ready(deadlineMs);
    this.#around.log(`machine ${this.id} is up after ${seconds(started)} (cold start)`);
    const hardware = this.#hardware(attached, accelerator, '');
    if (base !== undefined && hardware.dataDisks.length === 0) this.#around.onColdStart(hardware, base);
  }

  /** True when the machine came up from a snapshot. Whatever goes wrong, a cold start follows with an empty layer. */
  async #bootWarm(attached: readonly Attached[], accelerator: Accelerator): Promise<boolean> {
    const boot = attached[0];
    if (boot === undefined) return false;
    const started = performance.now();
    const hardware = this.#hardware(attached, accelerator, '');
    const snapshot = await this.#around.warm.find(hardware, boot.layer);
    if (snapshot === undefined) return false;
    try {
      await snapshot.prepare(boot.layer, this.#variables);
      this.#around.store.markTouched(boot.layer);
      await snapshot.resume((memoryFile, inherited) =>
        this.#launch(attached, (sockets) => ({ ...hardware, sockets, memoryFile }), inherited),
      );
      this.#around.log(`machine ${this.id} is up after ${seconds(started)} (warm start)`);
      return true;
    } catch (error) {
      this.#around.log(`machine ${this.id} starts cold, the warm start failed: ${String(error)}`);
      await this.#session?.kill();
      this.#hasVariables = false;
      await this.#prepareVariables();
      await snapshot.undo(boot.layer);
      return false;
    }
  }

  #hardware(attached: readonly Attached[], accelerator: Accelerator, sockets: string): GuestHardware {
    const { generation, memoryMiB, cpus, dataDisks } = this.#spec;
    const files = attached
      .slice(1)
      .map(({ layer }, index) => ({ lun: dataDisks[index]?.lun ?? index, file: layer.path }));
    const disk = attached[0]?.layer.path ?? '';
    const variables = this.#variables;
    return { accelerator, generation, memoryMiB, cpus, disk, dataDisks: files, sockets, variables };
  }

  async #launch(
    attached: readonly Attached[],
    hardware: (sockets: string) => GuestHardware,
    inherited?: number,
  ): Promise<GuestSession> {
    const session = await GuestSession.launch({
      arguments: (sockets) => qemuArguments(hardware(sockets)),
      console: this.#console,
      aptOptions: this.#around.aptOptions,
      onSpawn: (pid, sockets) => this.#around.traces.add(this.id, pid, sockets),
      ...(inherited === undefined ? {} : { inherited }),
    });
    this.#session = session;
    void session.ended.then(() => this.#onEnd(session, attached));
    return session;
  }

  #onEnd(session: GuestSession, attached: readonly Attached[]): void {
    this.#around.traces.remove(this.id);
    if (this.#session !== session) return;
    this.#session = undefined;
    // While it still starts, start() decides what the end of this process means.
    if (this.#power === 'starting') return;
    this.#release(attached);
    this.#around.onStopped();
    if (!this.#stopAsked) for (const listener of this.#listeners) listener();
  }

  #release(attached: readonly Attached[]): void {
    for (const { disk } of attached) this.#around.store.release(disk);
    this.#power = 'stopped';
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`;
}
