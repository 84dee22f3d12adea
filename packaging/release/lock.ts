import { readFileSync } from 'node:fs';
import path from 'node:path';

export type Locked = {
  /** Below node_modules, as esbuild names it. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Subresource integrity, as npm checks it at the installation. */
  readonly integrity: string;
};

/** The packages of some folders as package-lock.json holds them. Throws for one that is in the bundle and not in the lock. */
export function lockedPackages(root: string, folders: readonly string[]): Locked[] {
  const lock: unknown = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const packages = object(object(lock)['packages']);
  return folders.map((folder) => {
    const { name, version, integrity } = object(packages[`node_modules/${folder}`]);
    if (typeof version !== 'string' || typeof integrity !== 'string')
      throw new Error(`The bundled package ${folder} has no version with a checksum in package-lock.json.`);
    // An alias installs one package in the folder of another name.
    const own = folder.split('node_modules/').at(-1) ?? folder;
    return { folder, name: typeof name === 'string' ? name : own, version, integrity };
  });
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
