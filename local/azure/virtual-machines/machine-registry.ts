import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine, MachineRoom, MachineSpec, RunOutcome, RunRequest } from '../../machines/machine.ts';
import { keyOf } from '../store/ids.ts';

/** How long a guest may take to shut down before the plug is pulled; Azure waits a few minutes. */
const SHUTDOWN_MS = 60_000;

export type AgentReading = { readonly version: string; readonly at: number };

type Entry = { readonly machine: Machine; queue: Promise<unknown> };

/** The machines that exist in this process, by the ARM id of their VM. */
export class MachineRegistry {
  readonly #room: MachineRoom;
  readonly #entries = new Map<string, Entry>();
  /** Last word of each agent: it stays to be read while the machine is off, until it is deallocated. */
  readonly #readings = new Map<string, AgentReading>();

  constructor(room: MachineRoom) {
    this.#room = room;
  }

  find(vmId: string): Machine | undefined {
    return this.#entries.get(keyOf(vmId))?.machine;
  }

  /** Creates the machine when there is none, and starts it. `onPowerOff`: the guest switched itself off. */
  async boot(vmId: string, spec: MachineSpec, onPowerOff: () => void): Promise<void> {
    let machine = this.find(vmId);
    if (machine === undefined) {
      machine = await this.#room.create(spec);
      machine.onPowerOff(onPowerOff);
      this.#entries.set(keyOf(vmId), { machine, queue: Promise.resolve() });
    }
    await machine.start();
    this.#noteAgent(vmId);
  }

  #noteAgent(vmId: string): void {
    const version = this.find(vmId)?.agent;
    if (version !== undefined) this.#readings.set(keyOf(vmId), { version, at: Date.now() });
  }

  /** What the agent says, or said last; undefined when it never did. */
  readAgent(vmId: string): AgentReading | undefined {
    this.#noteAgent(vmId);
    return this.#readings.get(keyOf(vmId));
  }

  /** Runs a script after those that were given before; rejects when the machine is not there or stops meanwhile. */
  async run(vmId: string, request: RunRequest, onStart: () => void): Promise<RunOutcome> {
    const entry = this.#entries.get(keyOf(vmId));
    if (entry === undefined) throw new Error('The machine is not running.');
    const turn = entry.queue.then(() => {
      request.signal?.throwIfAborted();
      onStart();
      return entry.machine.run(request);
    });
    entry.queue = turn.catch(() => undefined);
    return turn;
  }

  async restart(vmId: string): Promise<void> {
    await this.find(vmId)?.restart();
  }

  /** Orderly, then by force when the guest does not obey. */
  async stop(vmId: string, force: boolean): Promise<void> {
    const machine = this.find(vmId);
    if (machine === undefined) return;
    if (force) return machine.powerOff(true);
    const cancel = new AbortController();
    const late = sleep(SHUTDOWN_MS, 'late', { signal: cancel.signal, ref: false }).catch(() => undefined);
    const outcome = await Promise.race([machine.powerOff(false), late]);
    cancel.abort();
    if (outcome === 'late') await machine.powerOff(true);
  }

  /** Forgets the machine and frees what it holds. Ids without a machine are fine. */
  async discard(vmId: string): Promise<void> {
    const machine = this.find(vmId);
    this.#entries.delete(keyOf(vmId));
    this.#readings.delete(keyOf(vmId));
    await machine?.dispose();
  }

  async close(): Promise<void> {
    this.#entries.clear();
    await this.#room.close();
  }
}
