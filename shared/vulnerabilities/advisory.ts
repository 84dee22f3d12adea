import type { Severity } from '../model/finding.ts';

/** From a version on, up to where it is fixed. */
export type AffectedRange = {
  /** `0`: from the beginning. */
  readonly introduced: string;
  /** The first version without it. Neither of the two: there is no fix. */
  readonly fixed?: string;
  /** The last version with it. */
  readonly last?: string;
};

/** What one advisory says of one package in one release of a distribution. */
export type Advisory = {
  readonly id: string;
  /** Names that others give it: `CVE-2026-1234`. */
  readonly aliases: readonly string[];
  readonly package: string;
  readonly severity: Severity;
  readonly summary?: string;
  readonly ranges: readonly AffectedRange[];
  /** Named one by one, beside the ranges. */
  readonly versions?: readonly string[];
};

/** A line of an index: the name first, so that a reader parses only the lines that it looks for. */
export function lineOf(advisory: Advisory): string {
  const { package: name, ...rest } = advisory;
  return `${name}\t${JSON.stringify(rest)}`;
}

/** The name of the package that a line is about. */
export function nameIn(line: string): string {
  return line.slice(0, line.indexOf('\t'));
}
