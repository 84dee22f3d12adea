import { statSync } from 'node:fs';
import { loadProfile } from './load.ts';
import type { Profile } from './profile.ts';

/**
 * The profile of a file, read again whenever the file has changed: a world that becomes another one while the cloud runs,
 * as Azure's does between a submission and a run. Throws when the file is no profile at the start; later mistakes are
 * told, and the last good profile stays. Machines, roles and times of the simulated guests are those of the start.
 */
export function liveProfile(file: string, log: (line: string) => void): Profile {
  let seen = stampOf(file);
  let current = loadProfile(file);
  const latest = (): Profile => {
    const stamp = stampOf(file);
    if (stamp === seen) return current;
    seen = stamp;
    try {
      current = loadProfile(file);
      log(`the profile ${file} has changed and was read again`);
    } catch (error) {
      log(`the profile stays as it was: ${error instanceof Error ? error.message : String(error)}`);
    }
    return current;
  };
  return new Proxy(current, { get: (_, member): unknown => Reflect.get(latest(), member) });
}

function stampOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`;
}
