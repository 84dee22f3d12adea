import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../json.ts';

/** The secrets and keys of all local vaults, in a file of their own that only its owner reads: never in the cloud's database. */
export class VaultFile {
  readonly #file: string;

  constructor(dataDir: string) {
    this.#file = path.join(dataDir, 'key-vault.json');
  }

  /** Versions of a secret, oldest first. */
  versions(vault: string, name: string): readonly SecretVersion[] {
    return this.#read()[keyOf(vault, name)] ?? [];
  }

  add(vault: string, name: string, version: SecretVersion): void {
    const all = this.#read();
    const key = keyOf(vault, name);
    const changed = { ...all, [key]: [...(all[key] ?? []), version] };
    mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#file}.new`, JSON.stringify(changed), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  #read(): Readonly<Record<string, readonly SecretVersion[]>> {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch {
      return {};
    }
    if (!isObject(value)) return {};
    return Object.fromEntries(
      Object.entries(value).map(([key, list]) => [key, Array.isArray(list) ? list.filter(isVersion) : []]),
    );
  }
}

export type SecretVersion = { readonly id: string; readonly value: string; readonly created: number };

function keyOf(vault: string, name: string): string {
  return `${vault}/${name}`.toLowerCase();
}

function isVersion(value: unknown): value is SecretVersion {
  return typeof value === 'object' && value !== null && 'id' in value && 'value' in value;
}
