import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { DEFAULT_PROFILE } from './defaults.ts';
import type { Profile } from './profile.ts';
import { PROFILE_SCHEMA } from './schema.ts';

type Partly<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : Partial<T[K]> };

const validate = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  formats: { regex: isPattern },
}).compile<Partly<Profile>>(PROFILE_SCHEMA);

/** Checks a profile and completes it with the defaults. Throws an Error that lists every mistake by JSON pointer. */
export function toProfile(value: unknown, source = 'profile'): Profile {
  if (!validate(value)) {
    const mistakes = (validate.errors ?? []).map(
      (error) => `  ${error.instancePath || '/'} ${error.message}`,
    );
    throw new Error(`${source} is not a valid profile (see local/PROFILE.md):\n${mistakes.join('\n')}`);
  }
  const base = DEFAULT_PROFILE;
  return {
    ...base,
    ...value,
    outputRate: { ...base.outputRate, ...value.outputRate },
    retryAfter: { ...base.retryAfter, ...value.retryAfter },
    latencySeconds: { ...base.latencySeconds, ...defined(value.latencySeconds) },
    coreQuotas: defined(value.coreQuotas),
    replication: { ...base.replication, ...value.replication },
    machines: { ...base.machines, ...value.machines },
    simulated: { ...base.simulated, ...value.simulated },
  };
}

export function loadProfile(file: string): Profile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`Profile ${file} cannot be read as JSON.`, { cause: error });
  }
  return toProfile(value, file);
}

function defined(map: Readonly<Record<string, number | undefined>> = {}): Record<string, number> {
  const entries = Object.entries(map).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
