import { KilnError } from '../errors/failure.ts';
import { imageVersion } from './convert.ts';
import type { ImageVersion, Versioning } from './template.ts';

/** Largest part of a gallery version; https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries */
const MAX_PART = 2_147_483_647;

type Parts = readonly [number, number, number];

/** Three dot-separated integers from 0 to 2^31-1, or undefined. */
export function parseVersion(text: string): Parts | undefined {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number);
  return [major, minor, patch].every((part) => part <= MAX_PART) ? [major, minor, patch] : undefined;
}

export function compareVersions(one: Parts, other: Parts): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

/**
 * The number of the next version. `Latest`: one more than the highest of the major (or of all); a major without any
 * starts at `<major>.0.1`, because Azure's own rule for that case is not documented. `Source`: the source's number,
 * its patch raised until it is free. `Timestamp`: of the second. `taken` are all versions of the definition, the excluded and failed ones too:
 * a number is never used twice.
 */
export function nextVersion(
  versioning: Versioning,
  taken: readonly string[],
  sourceVersion: string,
  now: Date,
): ImageVersion {
  const known = taken.map(parseVersion).filter((parts) => parts !== undefined);
  switch (versioning.scheme) {
    case 'Exact':
      return versioning.version;
    case 'Latest':
      return imageVersion(afterHighest(known, versioning.major).join('.'));
    case 'Source':
      return imageVersion(firstFree(known, parseVersion(lastParts(sourceVersion)) ?? [0, 0, 1]).join('.'));
    case 'Timestamp':
      return imageVersion(firstFree(known, timeParts(now)).join('.'));
    default:
      return versioning satisfies never;
  }
}

function afterHighest(known: readonly Parts[], major: number): Parts {
  const candidates = known.filter((parts) => major < 0 || parts[0] === major);
  const highest = candidates.toSorted(compareVersions).at(-1);
  return highest === undefined ? [Math.max(major, 0), 0, 1] : increment(highest);
}

function firstFree(known: readonly Parts[], wanted: Parts): Parts {
  let candidate = wanted;
  while (known.some((parts) => compareVersions(parts, candidate) === 0)) candidate = increment(candidate);
  return candidate;
}

/** The number that AIB made before it had versioning: the second of the unix clock in two parts of 16 bits. */
function timeParts(now: Date): Parts {
  const seconds = Math.floor(now.getTime() / 1000);
  return [0, Math.floor(seconds / 65_536), seconds % 65_536];
}

/** Carries into the next part at the limit, so that numbers keep growing. */
function increment([major, minor, patch]: Parts): Parts {
  if (patch < MAX_PART) return [major, minor, patch + 1];
  if (minor < MAX_PART) return [major, minor + 1, 0];
  if (major < MAX_PART) return [major + 1, 0, 0];
  throw new KilnError({
    code: 'TargetNotCompatible',
    message: 'The gallery image definition has used up every version number.',
  });
}

/** Marketplace versions have three or four parts; a gallery version has three. */
function lastParts(version: string): string {
  return version.split('.').slice(-3).join('.');
}
