import { KilnError } from '../errors/failure.ts';
import type { PackageType } from '../model/inventory.ts';
import { compareVersions } from './version-order.ts';

type Bound = { readonly sign: string; readonly version: string };

/** `<3.0.15`, `>=3.0 <3.0.15-1~deb12u1`, or a version alone for that one. All parts have to hold. */
export type VersionRange = readonly Bound[];

/** @throws {KilnError} InvalidValue. */
export function parseRange(text: string): VersionRange {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return parts.map((part) => {
    const [, sign = '=', version = ''] = /^(<=|>=|<|>|=)?([^<>=]+)$/.exec(part) ?? [];
    // A version without a digit is a word: what nobody can have is told apart from what nobody has.
    if (/\d/.test(version)) return { sign, version };
    const message = `"${part}" is not a range of versions; write for example "<3.0.15" or ">=3.0 <3.1".`;
    throw new KilnError({ code: 'InvalidValue', target: 'range', message });
  });
}

export function isInRange(range: VersionRange, type: PackageType, version: string): boolean {
  return range.every((bound) => {
    const order = compareVersions(type, version, completed(bound.version, version));
    switch (bound.sign) {
      case '<':
        return order < 0;
      case '<=':
        return order <= 0;
      case '>':
        return order > 0;
      case '>=':
        return order >= 0;
      default:
        return order === 0;
    }
  });
}

/** `3.0.15` stands for every revision of it, and for every epoch: people copy it from an advisory. */
function completed(bound: string, version: string): string {
  const epoch = /^\d+:/.test(bound) ? '' : (/^\d+:/.exec(version)?.[0] ?? '');
  const revision = bound.includes('-') ? '' : (/-[^-]*$/.exec(version)?.[0] ?? '');
  return `${epoch}${bound}${revision}`;
}
