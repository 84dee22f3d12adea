import type { Check } from '../../model/proof-wishes.ts';
import { windowsScript } from '../powershell.ts';
import type { GuestScript } from '../script.ts';
import { linuxChecks } from './linux-checks.ts';
import { linuxHygiene } from './linux-hygiene.ts';
import { windowsChecks } from './windows-checks.ts';
import { windowsHygiene } from './windows-hygiene.ts';

type OsType = 'Linux' | 'Windows';

/** Shorter values are in files of everybody. */
const SHORTEST_SECRET = 8;

export function renderChecks(osType: OsType, checks: readonly Check[]): GuestScript {
  const text = osType === 'Windows' ? windowsScript({}, windowsChecks(checks)) : linuxChecks(checks);
  return { text, environment: {} };
}

/** `secrets`: values that steps of the run were given; they travel as protected parameters. */
export function renderHygiene(osType: OsType, secrets: readonly string[]): GuestScript {
  if (osType === 'Windows') return { text: windowsScript({}, windowsHygiene()), environment: {} };
  const lines = secrets
    .flatMap((value) => value.split(/\r?\n/))
    .filter((line) => line.length >= SHORTEST_SECRET);
  const text = linuxHygiene();
  if (lines.length === 0) return { text, environment: {} };
  return { text, environment: {}, secrets: { KILN_SECRETS: [...new Set(lines)].join('\n') } };
}
