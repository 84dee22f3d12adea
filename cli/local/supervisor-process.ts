import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { object, parseJson, text } from '../api/json.ts';
import { readEndpoints, type LocalEndpoints } from '../connect/local-endpoints.ts';
import { CliError, EXIT, refuse } from '../errors.ts';
import { nodeForLocalMode } from './node-for-local-mode.ts';
import { packageRoot } from './package-root.ts';

/** Longer than the supervisor's own limit for an orderly stop. */
const STOP_MS = 10_000;

export type LocalMode = {
  /** Rejects when it ends before it is ready. */
  readonly ready: Promise<LocalEndpoints>;
  /** Resolves with the exit code when it ends by itself or by `stop`. */
  readonly ended: Promise<number>;
  /** Orderly stop, also of a start that is under way; resolves when nothing is left. */
  stop(): Promise<void>;
};

export type StartOptions = {
  readonly args: readonly string[];
  /** Gets the lines that the supervisor writes for people. */
  readonly onLine: (line: string) => void;
  /** Settings beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * Starts local mode as a process of its own. It holds a pipe to this process and stops when that breaks, so it cannot
 * outlive a killed `kiln`.
 */
export function startLocalMode({ args, onLine, env }: StartOptions): LocalMode {
  const script = path.join(packageRoot(), 'dist', 'local', 'main', 'main.js');
  if (!existsSync(script)) throw refuse(`${script} is missing.`, 'Run `npm run build` first.');
  const child = spawn(nodeForLocalMode(), [script, ...args, '--stop-with-stdin'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    // Ctrl-C reaches the whole foreground group; the order of the stop is decided here alone.
    detached: true,
  });
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 1));
  });
  readline.createInterface({ input: child.stderr }).on('line', onLine);
  return { ready: readiness(child, ended), ended, stop: () => stop(child, ended) };
}

async function readiness(child: ChildProcess, ended: Promise<number>): Promise<LocalEndpoints> {
  const ready = new Promise<LocalEndpoints>((resolve, reject) => {
    if (child.stdout === null) return reject(new Error('Local mode has no output.'));
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      const file = text(object(parseJson(line))['endpointsFile']);
      const endpoints = file === undefined ? undefined : readEndpoints(file);
      if (endpoints !== undefined) resolve(endpoints);
    });
  });
  const early = ended.then((code) => {
    const refused = code === EXIT.refused;
    throw new CliError({
      exitCode: refused ? EXIT.refused : EXIT.failed,
      message: `Local mode did not start (exit code ${code}).`,
      remedy: refused
        ? 'Do what is said above; `kiln local --help` has the options.'
        : 'The reason is above; what each part wrote is in `logs` of the data folder.',
    });
  });
  return Promise.race([ready, early]);
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
