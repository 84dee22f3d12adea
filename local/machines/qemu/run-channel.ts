import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { RunOutcome, RunRequest } from '../machine.ts';
import { type Frame, FrameReader } from './frames.ts';
import type { GuestAgent } from './guest-agent.ts';
import { PERL, RELAY_PROGRAM, relayOrder, relayWork } from './relay.ts';

/** Exit code of a script that ran out of time, as Azure's agent reports it. */
const TIMED_OUT = -1;
/** A killed group is gone at once; under emulation the relay may need a moment to say so. */
const KILL_GRACE_MS = 15_000;
const TOKEN_BYTES = 16;
/** A busy emulated guest needs a second or two to start the relay. */
const FIRST_WORD_MS = 3000;

/** What the agent's service has, which is nobody's login; the request's own variables come on top. */
const BASE_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  SHELL: '/bin/sh',
  LANG: 'C.UTF-8',
};

export type RunContext = {
  readonly agent: GuestAgent;
  /** Host side of the relay's port. */
  readonly port: Socket;
  /** Variables of the machine, for example where apt finds the host's proxy. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted with a reason when the guest stops or restarts under the script. */
  readonly interrupted: AbortSignal;
};

/** Runs a script in the guest and passes its output on as it comes. See RunRequest for the promises kept. */
export async function runInGuest(context: RunContext, request: RunRequest): Promise<RunOutcome> {
  const environment = environmentLines({
    ...BASE_ENVIRONMENT,
    ...context.environment,
    ...request.environment,
  });
  if (!/^[\w.-]+$/.test(request.id) || /^\.+$/.test(request.id))
    throw new Error(
      `"${request.id}" cannot be the name of a script: use letters, digits, dot, dash, underscore`,
    );
  request.signal?.throwIfAborted();
  const token = randomBytes(TOKEN_BYTES);
  const work = relayWork(token, [request.id, request.script, ...environment]);
  const listening = new Listening(context, request, { token, work });
  try {
    const relay = await context.agent.launch(PERL, ['-e', RELAY_PROGRAM], token);
    listening.watch(() => context.agent.exitCode(relay));
    return await listening.outcome;
  } finally {
    listening.end();
  }
}

/** NAME=value for each variable. Rejects what a process cannot have. */
export function environmentLines(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
      throw new Error(
        `the environment variable ${JSON.stringify(name)} has an empty name, "=" in it, or a NUL byte`,
      );
    return `${name}=${value}`;
  });
}

/** One script's ear on the port: frames, the clock, and the two signals that end it early. */
class Listening {
  readonly outcome: Promise<RunOutcome>;
  readonly #port: Socket;
  readonly #token: Uint8Array;
  readonly #reader: FrameReader;
  readonly #undo: (() => void)[] = [];
  #fail: (error: Error) => void = () => {};
  #killed: 'timeout' | 'abort' | undefined;

  constructor(
    context: RunContext,
    request: RunRequest,
    { token, work }: { readonly token: Uint8Array; readonly work: Uint8Array },
  ) {
    this.#port = context.port;
    this.#token = token;
    let succeed: (outcome: RunOutcome) => void = () => {};
    this.outcome = new Promise((resolve, reject) => {
      succeed = resolve;
      this.#fail = reject;
    });
    // Whoever awaits the outcome sees the error; until then it must not count as unhandled.
    this.outcome.catch(() => {});
    const onFrame = (frame: Frame): void => {
      if (frame.kind === 'exit') this.#finish(frame, request.signal, succeed);
      else request.onOutput(frame.kind, frame.data);
    };
    this.#reader = new FrameReader(token, onFrame, () => this.#port.write(work));
    const onData = (chunk: Buffer): void => this.#read(chunk);
    this.#port.on('data', onData);
    this.#undo.push(() => this.#port.off('data', onData));
    this.#onAbort(context.interrupted, () => this.#fail(asError(context.interrupted.reason)));
    if (request.signal !== undefined) this.#onAbort(request.signal, () => this.#kill('abort'));
    this.#later(request.timeoutSeconds * 1000, () => this.#kill('timeout'));
  }

  /** Fails when the relay ends before it has said a word, for example in a guest without Perl. */
  watch(relayExitCode: () => Promise<number | undefined>): void {
    this.#later(FIRST_WORD_MS, async () => {
      if (this.#reader.synchronized) return;
      const code = await relayExitCode().catch(() => undefined);
      if (code === undefined) this.watch(relayExitCode);
      else this.#fail(new Error(`the guest could not start the script: ${PERL} ended with ${code}`));
    });
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #finish(frame: Frame, signal: AbortSignal | undefined, succeed: (outcome: RunOutcome) => void): void {
    this.#port.write(relayOrder('goodbye', this.#token));
    const exitCode = Number(Buffer.from(frame.data).toString());
    if (this.#killed === 'abort') this.#fail(asError(signal?.reason));
    else succeed({ exitCode: this.#killed === 'timeout' ? TIMED_OUT : exitCode });
  }

  #kill(why: 'timeout' | 'abort'): void {
    if (this.#killed !== undefined) return;
    this.#killed = why;
    this.#port.write(relayOrder('kill', this.#token));
    const silent = new Error('the script was killed, but the guest did not confirm it');
    this.#later(KILL_GRACE_MS, () => this.#fail(silent));
  }

  #onAbort(signal: AbortSignal, listener: () => void): void {
    if (signal.aborted) listener();
    signal.addEventListener('abort', listener, { once: true });
    this.#undo.push(() => signal.removeEventListener('abort', listener));
  }

  #later(milliseconds: number, action: () => unknown): void {
    // Longer delays than 2^31 ms fire at once in Node.
    const timer = setTimeout(action, Math.min(milliseconds, 2 ** 31 - 1));
    this.#undo.push(() => clearTimeout(timer));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
