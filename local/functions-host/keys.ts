import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toObject, toText } from './edge.convert.ts';

/**
 * What opens the host's own paths: `master` opens all of them, `durable` (the system key `durabletask_extension`) the webhooks.
 * https://learn.microsoft.com/azure/azure-functions/function-keys-how-to
 */
export type HostKeys = { readonly master: string; readonly durable: string };

/** The file under the data directory that holds the keys; its owner alone may read it. */
export function keysFile(dataDir: string): string {
  return path.join(dataDir, 'host-keys.json');
}

/** The keys of a data directory, made at random when it has none. Call it under the directory's lock. */
export function readKeys(dataDir: string): HostKeys {
  const file = keysFile(dataDir);
  if (existsSync(file)) {
    const { master, durable } = toObject(JSON.parse(readFileSync(file, 'utf8')));
    const known = { master: toText(master), durable: toText(durable) };
    if (known.master && known.durable) return { master: known.master, durable: known.durable };
  }
  const made = { master: newKey(), durable: newKey() };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/** Whether a request brings one of `keys`, in the header or the query as the host takes them. */
export function hasKey(
  { header, query }: { readonly header: string | undefined; readonly query: URLSearchParams },
  keys: readonly string[],
): boolean {
  const given = [header, ...query.getAll('code')].map((key) => Buffer.from(key ?? ''));
  return keys
    .map((key) => Buffer.from(key))
    .some((key) => given.some((one) => one.length === key.length && timingSafeEqual(one, key)));
}

function newKey(): string {
  return randomBytes(32).toString('base64url');
}
