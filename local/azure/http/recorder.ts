import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { isObject, type Json } from '../json.ts';
import type { Incoming, Outcome } from './pipeline.ts';

type Exchange = {
  readonly incoming: Incoming;
  readonly outcome: Outcome;
  readonly headers: Readonly<Record<string, string>>;
  readonly milliseconds: number;
};

export type Recorder = { write(exchange: Exchange): void };

const SECRET_NAMES = new Set([
  'adminpassword',
  'access_token',
  'client_secret',
  'client_assertion',
  'runaspassword',
]);

/** Appends every exchange as a JSON line; without a file it does nothing. Secrets are gone before they reach the disk. */
export function createRecorder(file: string | undefined): Recorder {
  if (file === undefined) return { write: () => undefined };
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  return { write: (exchange) => appendFileSync(file, `${JSON.stringify(toLine(exchange))}\n`) };
}

function toLine({ incoming, outcome, headers, milliseconds }: Exchange): Json {
  const query = incoming.query.toString();
  return {
    time: new Date().toISOString(),
    operation: outcome.operation,
    request: {
      method: incoming.method,
      url: `${incoming.path}${query === '' ? '' : `?${query}`}`,
      body: vault(incoming.path) ? {} : redact(incoming.body ?? {}),
    },
    response: {
      status: outcome.answer.status,
      headers: { ...headers },
      ...(outcome.answer.body === undefined || vault(incoming.path)
        ? {}
        : { body: redact(outcome.answer.body) }),
    },
    milliseconds,
  };
}

/** Bodies of Key Vault are secrets as a whole. */
function vault(path: string): boolean {
  return /^\/key-vaults\//i.test(path);
}

/** Keeps the shape, so that the pair still validates against the official specification. */
export function redact(value: Json, name = ''): Json {
  if (SECRET_NAMES.has(name.toLowerCase())) return 'REDACTED';
  if (typeof value === 'string') return value.replaceAll(/([?&]sig=)[^&\s"']*/gi, '$1REDACTED');
  if (Array.isArray(value)) return value.map((item) => redactItem(item, name));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json | undefined] => [
    key,
    inner === undefined ? undefined : redact(inner, key),
  ]);
  return Object.fromEntries(entries);
}

function redactItem(item: Json, list: string): Json {
  if (list.toLowerCase() !== 'protectedparameters' || !isObject(item)) return redact(item);
  return { ...item, value: 'REDACTED' };
}
