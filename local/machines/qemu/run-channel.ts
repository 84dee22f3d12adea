import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { RunOutcome, RunRequest } from '../machine.ts';
import { type Frame, FrameReader, packItems } from './frames.ts';
import type { GuestAgent } from './guest-agent.ts';
import { PERL, RELAY_PROGRAM, relayOrder } from './relay.ts';

/** Exit code of a script that ran out of time, as Azure's agent reports it. */
const TIMED_OUT = -1;
/** A killed group is gone at once; under emulation the relay may need a moment to say so. */
const KILL_GRACE_MS = 15_000;
const TOKEN_BYTES = 16;

/** What a root service has; the request's own variables come on top. */
const BASE_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
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
  const listening = new Listening(context, request, token);
  try {
    await context.agent.launch(
      PERL,
      ['-e', RELAY_PROGRAM],
      packItems([token, request.id, request.script, ...environment]),
    );
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
  readonly #undo: (() => void)[] = [];
  #killed: 'timeout' | 'abort' | undefined;

  constructor(context: RunContext, request: RunRequest, token: Uint8Array) {
    this.#port = context.port;
    this.#token = token;
    this.outcome = new Promise((resolve, reject) => {
      const onFrame = (frame: Frame): void => {
        if (frame.kind !== 'exit') request.onOutput(frame.kind, frame.data);
        else this.#finish(frame, request.signal, resolve, reject);
      };
      const reader = new FrameReader(token, onFrame);
      const onData = (chunk: Buffer): void => attempt(() => reader.push(chunk), reject);
      this.#port.on('data', onData);
      this.#undo.push(() => this.#port.off('data', onData));
      this.#onAbort(context.interrupted, () => reject(asError(context.interrupted.reason)));
      const stop = (why: 'timeout' | 'abort'): void => this.#kill(why, reject);
      if (request.signal !== undefined) this.#onAbort(request.signal, () => stop('abort'));
      this.#later(request.timeoutSeconds * 1000, () => stop('timeout'));
    });
    // Whoever awaits the outcome sees the error; until then it must not count as unhandled.
    this.outcome.catch(() => {});
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  #finish(
    frame: Frame,
    signal: AbortSignal | undefined,
    resolve: (outcome: RunOutcome) => void,
    reject: (error: Error) => void,
  ): void {
    this.#port.write(relayOrder('goodbye', this.#token));
    const exitCode = Number(Buffer.from(frame.data).toString());
    if (this.#killed === 'abort') reject(asError(signal?.reason));
    else resolve({ exitCode: this.#killed === 'timeout' ? TIMED_OUT : exitCode });
  }

  #kill(why: 'timeout' | 'abort', reject: (error: Error) => void): void {
    if (this.#killed !== undefined) return;
    this.#killed = why;
    this.#port.write(relayOrder('kill', this.#token));
    this.#later(KILL_GRACE_MS, () =>
      reject(new Error('the script was killed, but the guest did not confirm it')),
    );
  }

  #onAbort(signal: AbortSignal, listener: () => void): void {
    if (signal.aborted) listener();
    signal.addEventListener('abort', listener, { once: true });
    this.#undo.push(() => signal.removeEventListener('abort', listener));
  }

  #later(milliseconds: number, action: () => void): void {
    // Longer delays than 2^31 ms fire at once in Node.
    const timer = setTimeout(action, Math.min(milliseconds, 2 ** 31 - 1));
    this.#undo.push(() => clearTimeout(timer));
  }
}

function attempt(action: () => void, onError: (error: Error) => void): void {
  try {
    action();
  } catch (error) {
    onError(asError(error));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
