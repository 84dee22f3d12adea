import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import readline from 'node:readline';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type ServiceCommand = {
  /** For messages and the log's name, for example `host`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Everything it writes on stderr, and on stdout after its ready line, is appended here. */
  readonly logFile: string;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Service = {
  readonly name: string;
  readonly pid: number;
  /** The fields of its ready line. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly exited: Promise<Exit>;
  /** SIGTERM, then after `graceMs` SIGKILL for its whole process group. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
};

const LAST_LINES = 15;

/**
 * Starts a service and waits for the JSON line `{"ready":true,…}` on its stdout. It leads a process group, so that what
 * it started (virtual machines) can be ended with it, and holds a pipe on stdin whose end tells it that we are gone.
 */
export async function startService(
  spec: ServiceCommand,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Service> {
  const child = spawn(spec.command, [...spec.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...spec.env },
    detached: true,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Writing to a pipe whose reader died is not an error of ours.
  child.stdin.on('error', () => undefined);
  const output = collect(child, spec.logFile);
  const stop = (graceMs: number): Promise<void> => stopGroup(child, exited, graceMs);

  const early = exited.then((exit) => `ended with ${describeExit(exit)} before it was ready`);
  const late = whenAborted(AbortSignal.timeout(timeoutMs), `was not ready within ${timeoutMs / 1000} s`);
  const unwanted = whenAborted(signal, 'was stopped before it was ready');
  const first = await Promise.race([output.ready, early, late, unwanted]);
  if (typeof first === 'string' || child.pid === undefined) {
    await stop(0);
    throw failure(spec, typeof first === 'string' ? first : 'has no process id', output.last);
  }
  return { name: spec.name, pid: child.pid, ready: first, exited, stop };
}

export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;

/** Resolves with `what` when the signal fires; never without a signal. */
function whenAborted(signal: AbortSignal | undefined, what: string): Promise<string> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(what);
    signal?.addEventListener('abort', () => resolve(what), { once: true });
  });
}

type Output = { readonly ready: Promise<Record<string, unknown>>; readonly last: readonly string[] };

function collect(child: ChildProcess, logFile: string): Output {
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  const last: string[] = [];
  const keep = (line: string): void => {
    log.write(`${line}\n`);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  };
  const ready = new Promise<Record<string, unknown>>((resolve) => {
    if (child.stdout === null) return;
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      const message = readyMessage(line);
      if (message === undefined) keep(line);
      else resolve(message);
    });
  });
  if (child.stderr !== null) readline.createInterface({ input: child.stderr }).on('line', keep);
  child.once('close', () => log.end());
  // A log that cannot be written must not take the service down; the last lines are still in memory.
  finished(log).catch(() => undefined);
  return { ready, last };
}

function readyMessage(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null || !('ready' in message)) return undefined;
    return message.ready === true ? { ...message } : undefined;
  } catch {
    return undefined;
  }
}

function failure(spec: ServiceCommand, what: string, last: readonly string[]): Error {
  const lines = last.map((line) => `\n  | ${line}`).join('');
  return new Error(`The ${spec.name} ${what}. Its log: ${spec.logFile}${lines}`);
}

async function stopGroup(child: ChildProcess, exited: Promise<Exit>, graceMs: number): Promise<void> {
  if (child.pid === undefined) return;
  const isRunning = child.exitCode === null && child.signalCode === null;
  if (isRunning && graceMs > 0) {
    child.kill('SIGTERM');
    const patience = new AbortController();
    const grace = sleep(graceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([exited, grace]);
    patience.abort();
  }
  killGroup(child.pid);
  await exited;
}

/** The group may hold grandchildren that its leader left behind; an empty group answers ESRCH. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody left: that is what we wanted.
  }
}
