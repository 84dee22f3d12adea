// The host as a real child process, and the calls that tests make to it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostKeys, readKeys } from '../../../local/functions-host/keys.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../local/functions-host/main.ts');
export const APPS = path.resolve(import.meta.dirname, 'apps');

export type Status = {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
};

export type HostProcess = {
  readonly url: string;
  readonly startMs: number;
  readonly child: ChildProcess;
  /** Everything on stdout so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly keys: HostKeys;
  /** Signals and waits for the end; resolves with the milliseconds that took. */
  readonly end: (signal: NodeJS.Signals) => Promise<number>;
};

const children = new Set<ChildProcess>();
const directories: string[] = [];
// A host that a failed test left behind would keep the test process alive.
after(() => {
  for (const child of children) child.kill('SIGKILL');
});
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory that goes away with the process. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'kiln-host-'));
  directories.push(directory);
  return directory;
}

/** Makes this project's packages visible to an app under `root`. */
export function linkModules(root: string): void {
  symlinkSync(
    path.resolve(import.meta.dirname, '../../../node_modules'),
    path.join(root, 'node_modules'),
    'dir',
  );
}

export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  ms = 10_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms for ${what}.`);
    await sleep(5);
  }
}

/** Rejects with the log when the host ends before it is ready. */
export async function startHostProcess(
  app: string,
  data: string,
  options: { env?: Record<string, string>; args?: string[]; port?: number } = {},
): Promise<HostProcess> {
  const args = ['--app', app, '--port', String(options.port ?? 0), '--data', data, ...(options.args ?? [])];
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...options.env } });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let isClosed = false;
  child.once('close', () => (isClosed = true));
  let out = '';
  let log = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (log += data));
  const line = await until('the ready line', () => {
    if (isClosed) throw new Error(`The host ended with ${child.exitCode}: ${log}`);
    return out.includes('\n') ? out.split('\n')[0] : undefined;
  });
  const ready = JSON.parse(line) as { url: string; startMs: number };
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    const began = performance.now();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
    return performance.now() - began;
  };
  return { ...ready, child, stdout: () => out, stderr: () => log, keys: readKeys(data), end };
}

/** Calls the HTTP API of the Durable extension with its key. */
export function webhook(host: HostProcess, target: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-functions-key', host.keys.durable);
  return fetch(`${host.url}/runtime/webhooks/durabletask/${target}`, { ...init, headers });
}

/** Calls a method of the app's DurableClient. */
export async function client(host: HostProcess, verb: string, ...args: unknown[]): Promise<unknown> {
  const response = await fetch(`${host.url}/client/${verb}`, {
    method: 'POST',
    body: JSON.stringify(args),
    signal: AbortSignal.timeout(10_000),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(error);
  return result;
}

export async function status(host: HostProcess, id: string): Promise<Status> {
  return (await client(host, 'getStatus', id)) as Status;
}

/** Starts an orchestration and resolves with its final status. */
export async function run(
  host: HostProcess,
  name: string,
  input?: unknown,
  id: string = name,
): Promise<Status> {
  await client(host, 'startNew', name, { instanceId: id, input });
  return finished(host, id);
}

export function finished(host: HostProcess, id: string, ms?: number): Promise<Status> {
  const final = ['Completed', 'Failed', 'Terminated'];
  const probe = async (): Promise<Status | undefined> => {
    const current = await status(host, id);
    return final.includes(current.runtimeStatus) ? current : undefined;
  };
  return until(`instance ${id} to finish`, probe, ms);
}
