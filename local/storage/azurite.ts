import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

export type AzuriteOptions = {
  /** Where blobs are kept; also the account's key, so that a restart keeps connection strings valid. */
  readonly location: string;
  /** 0 or absent: a free port. */
  readonly port?: number;
  readonly account?: string;
};

export type Azurite = {
  readonly connectionString: string;
  readonly blobEndpoint: string;
  readonly pid: number;
  /** Orderly: killed hard, Azurite loses the last five seconds of its metadata. */
  readonly stop: () => Promise<void>;
};

const START_MS = 30_000;
const STOP_MS = 10_000;

/** Starts Azurite's blob service as a child process and waits until it listens. Rejects with its output if it does not. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const account = options.account ?? 'kilnlocal';
  await mkdir(options.location, { recursive: true });
  const key = await accountKey(options.location);
  const child = spawn(process.execPath, [...preloads(), serverScript(), ...flags(options)], {
    // The key goes by the environment: arguments can be read by every user of the machine.
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const port = await listening(child);
  const blobEndpoint = `http://127.0.0.1:${port}/${account}`;
  return {
    blobEndpoint,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${blobEndpoint};`,
    pid: child.pid ?? 0,
    stop: () => stopAzurite(child),
  };
}

function flags({ location, port = 0 }: AzuriteOptions): string[] {
  const address = ['--location', location, '--blobHost', '127.0.0.1', '--blobPort', String(port)];
  // Newer SDKs send api-versions that this Azurite does not list but serves; telemetry would leave the machine.
  return [...address, '--skipApiVersionCheck', '--disableTelemetry', '--loose', '--silent'];
}

function serverScript(): string {
  const manifest = createRequire(import.meta.url).resolve('azurite/package.json');
  return path.join(path.dirname(manifest), 'dist', 'src', 'blob', 'main.js');
}

/** Neighbours of this file, compiled or not. */
function preloads(): string[] {
  return ['loopback-only', 'no-telemetry', 'copy-source-check', 'quick-lookups'].flatMap(preload);
}

/** Options of Node that load one of them into a process before its own program. */
export function preload(name: string): string[] {
  return ['--import', new URL(`${name}.convert${path.extname(import.meta.url)}`, import.meta.url).href];
}

async function accountKey(location: string): Promise<string> {
  const file = path.join(location, 'account-key');
  const stored = await readFile(file, 'utf8').catch(() => undefined);
  if (stored !== undefined && stored !== '') return stored;
  const key = randomBytes(64).toString('base64');
  await writeFile(file, key, { mode: 0o600 });
  return key;
}

/** Azurite prints its address once it accepts connections. */
function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`Azurite ${reason}. Its output:\n${output.slice(-2000)}`));
    };
    const timer = setTimeout(() => fail(`did not listen within ${START_MS / 1000} s`), START_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/i.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      child.off('exit', exited);
      // Drained for the rest of its life: a full pipe would stop it.
      child.stdout?.off('data', read).resume();
      child.stderr?.off('data', read).resume();
      resolve(Number(port));
    };
    const exited = (code: number | null) => fail(`exited with ${code}`);
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', exited);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
  });
}

/** Waits until it has written its index: what starts on the same folder before that finds the former one, and writes it back. */
export async function stopAzurite(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(timer);
}
