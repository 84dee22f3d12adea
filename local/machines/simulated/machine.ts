import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine, MachineSpec, PowerState, RunOutcome, RunRequest } from '../machine.ts';
import type { SimulatedDisks } from './disks.ts';
import { batchIn, playBatch } from './batch.ts';
import { planScript, type Plan, type Trouble, withMark } from './script.ts';
import type { Scripts } from './scripts.ts';
import { historyIn } from './history.ts';
import { asksForInventory, linesOf, listsSource } from './inventory.ts';
import { answersTo } from './proofs.ts';
import { playWindows } from './windows.ts';

/** Real seconds. */
export type SimulatedTimes = {
  readonly bootSeconds: number;
  readonly scriptSeconds: number;
  readonly powerOffSeconds: number;
  readonly powerOffPattern: string;
  /** What every sysprep writes to its setuperr.log before it fails. Absent: it works. */
  readonly sysprepFails?: string;
};

/** What Kiln's own scripts say on the console at their start. */
const TO_CONSOLE = /^echo '(kiln: [^']*)' 2>\/dev\/null > \/dev\/console$/gm;

const SERIAL_LIMIT = 256 * 1024;

/** A machine that only keeps up appearances: states, times and scripted outcomes. */
export class SimulatedMachine implements Machine {
  readonly id: string;
  readonly #spec: MachineSpec;
  readonly #disks: SimulatedDisks;
  readonly #times: SimulatedTimes;
  readonly #scripts: Scripts;
  readonly #listeners: (() => void)[] = [];
  #power: PowerState = 'stopped';
  /** Aborted when the guest goes down: ends the script that runs and a delayed power-off. */
  #session = new AbortController();
  #bootId = '';
  #bootedAt = new Date();
  #hasAgent = true;
  #serial = '';
  #busy = false;
  #sourceListed = false;

  constructor(spec: MachineSpec, disks: SimulatedDisks, times: SimulatedTimes, scripts: Scripts) {
    this.#scripts = scripts;
    this.id = spec.id;
    this.#spec = spec;
    this.#disks = disks;
    this.#times = times;
  }

  get power(): PowerState {
    return this.#power;
  }

  get agent(): string | undefined {
    return this.#power === 'running' && this.#hasAgent ? 'simulated' : undefined;
  }

  async start(): Promise<void> {
    if (this.#power === 'running') return;
    this.#power = 'starting';
    this.#session = new AbortController();
    this.#bootId = randomUUID();
    this.#bootedAt = new Date();
    this.#hasAgent = true;
    this.#print(`simulated boot, generation ${this.#spec.generation}, ${this.#spec.cpus} vCPU`);
    await sleep(this.#times.bootSeconds * 1000, undefined, { signal: this.#session.signal });
    await this.#disks.startWindows(this.#spec.disk);
    this.#power = 'running';
    this.#print('simulated agent ready');
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    if (this.#power !== 'running') throw new Error(`Machine ${this.id} is ${this.#power}.`);
    if (!this.#hasAgent) throw new Error(`The agent of machine ${this.id} does not answer.`);
    if (this.#busy) throw new Error(`Machine ${this.id} runs another script.`);
    this.#busy = true;
    const session = this.#session;
    try {
      for (const [, line = ''] of request.script.matchAll(TO_CONSOLE)) this.#print(line);
      const batch = batchIn(request.script);
      const plan =
        batch === undefined
          ? await this.#planned(request)
          : withMark(
              request.script,
              await playBatch(batch, (part) => this.#planned({ ...request, ...part })),
            );
      const exitCode = await this.#perform(plan, request, session.signal);
      const history = exitCode === 0 ? historyIn(request.script) : undefined;
      if (history !== undefined) await this.#disks.note(this.#spec.disk, history);
      await this.#disks.note(this.#spec.disk, `run ${request.id}: exit ${exitCode}`);
      if (plan.serial !== '') this.#print(plan.serial);
      if (plan.powersOff) void this.#switchOffLater(session.signal);
      if (plan.restarts) void this.#restartLater(session.signal);
      return { exitCode, ...(plan.message !== undefined && { message: plan.message }) };
    } finally {
      this.#busy = false;
    }
  }

  /** How one script of a template, or of Kiln's own, goes. */
  async #planned(request: RunRequest): Promise<Plan> {
    await this.#scripts.record(this.id, request);
    const scripted = this.#scripts.outcome(request);
    const planned = planScript(request.id, request.script, {
      scriptSeconds: this.#times.scriptSeconds,
      powerOffPattern: new RegExp(this.#times.powerOffPattern),
      bootId: this.#bootId,
      bootedAt: this.#bootedAt,
      ...(scripted && { scripted }),
    });
    return scripted ? planned : this.#listed(await this.#played(planned, request), request);
  }

  async restart(): Promise<void> {
    if (this.#power !== 'running') throw new Error(`Machine ${this.id} is ${this.#power}.`);
    this.#goDown('reboot: Restarting system (simulated)');
    await this.start();
    // No real machine is down and up again within the second in which its script began.
    this.#bootedAt = new Date(this.#bootedAt.getTime() + 1000);
  }

  powerOff(force: boolean): Promise<void> {
    if (this.#power !== 'stopped') this.#goDown(force ? 'simulated power loss' : 'simulated shutdown');
    return Promise.resolve();
  }

  onPowerOff(listener: () => void): void {
    this.#listeners.push(listener);
  }

  serialLog(): Promise<string> {
    return Promise.resolve(this.#serial);
  }

  dispose(): Promise<void> {
    return this.powerOff(true);
  }

  /** What the plain commands of a script would install is on the disk from then on, and in its listing. */
  async #listed(plan: Plan, { script }: RunRequest): Promise<Plan> {
    const { disk } = this.#spec;
    const isWindows = script.includes('ConvertFrom-KilnText');
    const answers = answersTo(script, isWindows ? await this.#disks.windows(disk) : undefined);
    if (answers !== undefined)
      return { ...plan, steps: [{ seconds: this.#times.scriptSeconds, stdout: answers, stderr: '' }] };
    if (asksForInventory(script)) {
      const stdout = await this.#disks.listing(disk, this.#sourceListed);
      return { ...plan, steps: [{ seconds: this.#times.scriptSeconds, stdout, stderr: '' }] };
    }
    this.#sourceListed ||= listsSource(script);
    const lines = linesOf(script);
    if (lines.length > 0 && plan.exitCode === 0) await this.#disks.install(disk, lines);
    return plan;
  }

  /** On Windows some of what a script does is played: see windows.ts. */
  async #played(plan: Plan, { script }: RunRequest): Promise<Plan> {
    if (!script.includes('ConvertFrom-KilnText')) return plan;
    const { disk } = this.#spec;
    const { system, played } = playWindows(await this.#disks.windows(disk), script, this.#times.sysprepFails);
    await this.#disks.keepWindows(disk, system);
    if (played === undefined) return plan;
    const { exitCode, powersOff, stdout } = played;
    const step = { seconds: this.#times.scriptSeconds, stdout, stderr: '' };
    return { ...plan, steps: [step], exitCode, powersOff };
  }

  /** Plays the plan. Timeout and cancel end it as Azure's agent would: killed, exit code -1. */
  async #perform(plan: Plan, request: RunRequest, session: AbortSignal): Promise<number> {
    const timeout = AbortSignal.timeout(Math.min(request.timeoutSeconds * 1000, 2 ** 31 - 1));
    const cancel = request.signal ?? new AbortController().signal;
    const signal = AbortSignal.any([session, timeout, cancel]);
    try {
      for (const step of plan.steps) {
        await sleep(step.seconds * 1000, undefined, { signal });
        emit(request, 'stdout', step.stdout);
        emit(request, 'stderr', step.stderr);
        this.#fall(step.trouble);
      }
      session.throwIfAborted();
      return plan.exitCode;
    } catch {
      if (session.aborted) throw new Error(`Machine ${this.id} stopped while ${request.id} ran.`);
      return -1;
    }
  }

  /** Trouble in the middle of a script. */
  #fall(trouble: Trouble | undefined): void {
    if (trouble === 'agent-stop') this.#hasAgent = false;
    if (trouble === 'restart') void this.restart();
    if (trouble === 'slow-restart') void this.restart().then(() => (this.#hasAgent = false));
    if (trouble !== 'power-off') return;
    this.#goDown('simulated guest switched itself off');
    for (const listener of this.#listeners) listener();
  }

  async #switchOffLater(session: AbortSignal): Promise<void> {
    await sleep(this.#times.powerOffSeconds * 1000, undefined, { signal: session }).catch(() => undefined);
    if (session.aborted) return;
    this.#goDown('simulated guest switched itself off');
    for (const listener of this.#listeners) listener();
  }

  async #restartLater(session: AbortSignal): Promise<void> {
    await sleep(this.#times.powerOffSeconds * 1000, undefined, { signal: session }).catch(() => undefined);
    if (!session.aborted) await this.restart();
  }

  #goDown(reason: string): void {
    this.#print(reason);
    this.#power = 'stopped';
    this.#session.abort();
  }

  #print(line: string): void {
    this.#serial = `${this.#serial}[${new Date().toISOString()}] ${line}\r\n`.slice(-SERIAL_LIMIT);
  }
}

function emit(request: RunRequest, stream: 'stdout' | 'stderr', text: string): void {
  if (text !== '') request.onOutput(stream, Buffer.from(text));
}
