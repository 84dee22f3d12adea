import { randomBytes } from 'node:crypto';
import { env } from 'node:process';
import type { RunOutcome, RunRequest } from '../machine.ts';
import { AGENT_PORT_ID } from './arguments.ts';
import { packItems } from './frames.ts';
import { GuestAgent } from './guest-agent.ts';
import { reachOf } from './guest-network.ts';
import { isObject, JsonChannel, type JsonObject } from './json-channel.ts';
import { type QemuProcess, type Spawn, spawnQemu } from './process.ts';
import { AWAKEN_PROGRAM, PERL } from './relay.ts';
import { runInGuest } from './run-channel.ts';

/** Where guests find the host's settings for apt: in memory, so that no image keeps a proxy or its password. */
const APT_CONFIG = '/run/kiln-apt.conf';
const ANSWER_DEADLINE_MS = 60_000;
const AWAKEN_DEADLINE_MS = 10_000;

export type SessionRequest = Omit<Spawn, 'onEvent' | 'reach'> & {
  /** Lines of apt.conf for the guest. */
  readonly aptOptions: readonly string[];
};

/** One life of a QEMU process: the agent comes and goes with each boot of the guest. */
export class GuestSession {
  /** Resolves with QEMU's last words when it has ended. */
  readonly ended: Promise<string>;
  /** True when the guest's own power-off ended QEMU. */
  endedByGuest = false;
  readonly #process: QemuProcess;
  readonly #agentChannel: JsonChannel;
  readonly #agent: GuestAgent;
  readonly #aptOptions: readonly string[];
  #version: string | undefined;
  #bootId: string | undefined;
  #interrupted = new AbortController();
  #running = false;
  /** Called when an agent has been greeted, or could not be. */
  #waiting = new Set<(error?: Error) => void>();

  private constructor(process: QemuProcess, aptOptions: readonly string[]) {
    this.#process = process;
    this.#aptOptions = aptOptions;
    this.#agentChannel = new JsonChannel(process.agent);
    this.#agent = new GuestAgent(this.#agentChannel);
    this.ended = process.exited.then((words) => {
      this.#bootId = undefined;
      this.#interrupted.abort(new Error('the machine stopped while the script ran'));
      this.#announce(new Error(`the machine stopped: ${words}`));
      return words;
    });
  }

  static async launch(request: SessionRequest): Promise<GuestSession> {
    // Events come only after QMP's greeting was answered, and no guest boots that fast.
    let listener: (event: JsonObject) => void = () => {};
    const reach = reachOf(request.aptOptions, env);
    const process = await spawnQemu({ ...request, reach, onEvent: (event) => listener(event) });
    const session = new GuestSession(process, request.aptOptions);
    listener = (event) => session.#onEvent(event);
    return session;
  }

  /** Agent name and version while an agent answers. */
  get agentVersion(): string | undefined {
    return this.#bootId === undefined ? undefined : this.#version;
  }

  get qmp(): JsonChannel {
    return this.#process.qmp;
  }

  /** Resolves when an agent of this boot answers. Rejects after `timeoutMs` or when the machine ends. */
  async ready(timeoutMs: number): Promise<void> {
    if (this.#bootId === undefined) await this.#nextGreeting(timeoutMs);
  }

  /** For a machine that goes on from a snapshot: its agent is there already, its time and random state are not its own. */
  async awaken(): Promise<void> {
    await this.#agent.synchronize(AWAKEN_DEADLINE_MS);
    const now = Date.now();
    const items = [String(Math.floor(now / 1000)), String((now % 1000) * 1e6), randomBytes(64)];
    const input = packItems([...items, randomBytes(16).toString('hex')]);
    const pid = await this.#agent.launch(PERL, ['-e', AWAKEN_PROGRAM], input);
    const deadline = now + AWAKEN_DEADLINE_MS;
    let code = await this.#agent.exitCode(pid);
    while (code === undefined && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      code = await this.#agent.exitCode(pid);
    }
    if (code !== 0) throw new Error(`the clone's clock and random state could not be set (step ${code})`);
    await this.#learn();
  }

  async run(request: RunRequest): Promise<RunOutcome> {
    if (this.#running) throw new Error(`another script runs in the machine; start ${request.id} after it`);
    this.#running = true;
    try {
      await this.ready(ANSWER_DEADLINE_MS);
      const { run: port } = this.#process;
      const environment: Record<string, string> = this.#aptOptions.length === 0 ? {} : { APT_CONFIG };
      const interrupted = this.#interrupted.signal;
      return await runInGuest({ agent: this.#agent, port, environment, interrupted }, request);
    } finally {
      this.#running = false;
    }
  }

  /** Resolves when an agent answers with another boot id. */
  async reboot(timeoutMs: number): Promise<void> {
    await this.ready(ANSWER_DEADLINE_MS);
    const before = this.#bootId;
    const deadline = Date.now() + timeoutMs;
    const next = this.#nextGreeting(timeoutMs);
    this.#agent.shutdown('reboot');
    await next;
    // A service manager may start the agent once more on the way down.
    while (this.#bootId === before) await this.#nextGreeting(deadline - Date.now());
  }

  /** Asks the guest to power off: through its agent, or as the power button does when there is none. */
  askToPowerOff(): void {
    if (this.#bootId === undefined) this.qmp.send('system_powerdown');
    else this.#agent.shutdown('powerdown');
  }

  async kill(): Promise<void> {
    this.#process.kill();
    await this.ended;
  }

  #onEvent(event: JsonObject): void {
    const data = isObject(event['data']) ? event['data'] : {};
    switch (event['event']) {
      case 'VSERPORT_CHANGE': {
        if (data['id'] !== AGENT_PORT_ID) return;
        this.#bootId = undefined;
        if (data['open'] === true) void this.#greet();
        break;
      }
      case 'RESET': {
        this.#bootId = undefined;
        this.#interrupted.abort(new Error('the guest restarted while the script ran'));
        this.#interrupted = new AbortController();
        break;
      }
      case 'SHUTDOWN': {
        this.endedByGuest = data['guest'] === true;
        break;
      }
      default:
    }
  }

  async #greet(): Promise<void> {
    try {
      await this.#agent.synchronize(ANSWER_DEADLINE_MS);
      await this.#learn();
    } catch {
      // The agent went away again; the next one is greeted, and whoever waits has a deadline.
    }
  }

  async #learn(): Promise<void> {
    this.#version ??= await this.#agent.version();
    const bootId = await this.#agent.bootId();
    if (this.#aptOptions.length > 0)
      await this.#agent.writeFile(APT_CONFIG, Buffer.from(`${this.#aptOptions.join('\n')}\n`));
    this.#bootId = bootId;
    this.#announce();
  }

  #announce(error?: Error): void {
    for (const waiting of this.#waiting) waiting(error);
  }

  #nextGreeting(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        if (error === undefined) resolve();
        else reject(error);
      };
      const late = new Error(`the guest agent did not answer within ${Math.round(timeoutMs / 1000)} s`);
      const timer = setTimeout(() => settle(late), Math.max(0, timeoutMs));
      this.#waiting.add(settle);
    });
  }
}
