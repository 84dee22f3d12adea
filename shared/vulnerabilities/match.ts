import type { Finding } from '../model/finding.ts';
import type { Inventory } from '../model/inventory.ts';
import { type Advisory, type AffectedRange, nameIn } from './advisory.ts';
import { advisoryOf } from './advisory.convert.ts';
import type { Release } from '../model/documents/vulnerabilities.ts';
import { ORDER } from './ecosystem.ts';

/** Versions of a package by its name; more than one of those that may be installed side by side, such as kernels. */
type Installed = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Names by which a distribution's advisories may mean what is installed: Debian and Ubuntu name source packages, distributions of rpm the
 * packages themselves or their source.
 */
export function installedOf({ packages }: Pick<Inventory, 'packages'>, { type }: Release): Installed {
  const installed = new Map<string, Set<string>>();
  const add = (name: string, version: string) =>
    installed.set(name, (installed.get(name) ?? new Set()).add(version));
  for (const { type: own, name, version, source } of packages) {
    if (own !== type) continue;
    if (source !== undefined) add(source.name, source.version);
    if (type === 'rpm' || source === undefined) add(name, version);
  }
  return installed;
}

/** What of an index an image has open, worst first. Lines of packages that it has not are not parsed. */
export async function match(
  lines: AsyncIterable<string>,
  installed: Installed,
  release: Release,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for await (const line of lines) {
    const versions = installed.get(nameIn(line));
    if (versions === undefined) continue;
    const advisory = advisoryOf(line);
    for (const version of versions) {
      const finding = findingOf(advisory, version, release);
      if (finding !== undefined) findings.set(`${finding.id}\n${finding.package}\n${version}`, finding);
    }
  }
  return [...findings.values()];
}

function findingOf(advisory: Advisory, version: string, { type }: Release): Finding | undefined {
  const compare = ORDER[type];
  const range = advisory.ranges.find((one) => isIn(version, one, compare));
  if (range === undefined && advisory.versions?.includes(version) !== true) return undefined;
  const { id, aliases, package: name, severity, summary } = advisory;
  return {
    ...{ id, aliases, package: name, version, severity },
    ...(range?.fixed !== undefined && { fixed: range.fixed }),
    ...(summary !== undefined && { summary }),
  };
}

function isIn(
  version: string,
  { introduced, fixed, last }: AffectedRange,
  compare: (a: string, b: string) => number,
): boolean {
  if (introduced !== '0' && compare(version, introduced) < 0) return false;
  if (fixed !== undefined) return compare(version, fixed) < 0;
  return last === undefined || compare(version, last) <= 0;
}
