import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { preload, stopAzurite } from '../storage/azurite.ts';

export type HostStorage = {
  readonly connectionString: string;
  /** Resolves when everything is on disk. */
  readonly stop: () => Promise<void>;
};

const ACCOUNT = 'funchost';
const START_MS = 30_000;

/**
 * Blobs, queues and tables for the real host and its Durable extension, apart from what the app keeps. On disk, so that runs go on
 * when the host is started again; Azurite writes its index every 5 s, and a SIGKILL of it costs what came since.
 */
export async function startHostStorage(location: string): Promise<HostStorage> {
  mkdirSync(location, { recursive: true });
  const manifest = createRequire(import.meta.url).resolve('azurite/package.json');
  const script = path.join(path.dirname(manifest), 'dist/src/azurite.js');
  const key = keyOf(location);
  const services = ['blob', 'queue', 'table'];
  const ports = services.flatMap((name) => [`--${name}Port`, '0', `--${name}Host`, '127.0.0.1']);
  const flags = [
    '--location',
    location,
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--loose',
    '--silent',
  ];
  const child = spawn(process.execPath, [...preload('loopback-only'), script, ...ports, ...flags], {
    env: { ...process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), START_MS);
  const endpoints: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    const found = /Azurite (\w+) service is successfully listening at (\S+)/.exec(line);
    if (found) endpoints.push(`${found[1]}Endpoint=${found[2]}/${ACCOUNT}`);
    if (endpoints.length === services.length) break;
  }
  clearTimeout(timer);
  if (endpoints.length < services.length) throw new Error('Azurite for the Functions host did not start.');
  child.stdout.resume();
  const account = `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key}`;
  return { connectionString: [account, ...endpoints].join(';'), stop: () => stopAzurite(child) };
}

/** The account's key, made with the folder; its owner alone may read it. */
function keyOf(location: string): string {
  const file = path.join(location, 'account-key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(64).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
