import type { Inventory, PackageType } from '../model/inventory.ts';
import type { VulnerabilityReport } from '../model/documents/vulnerabilities.ts';
import { type Finding, SEVERITIES, type Severity } from '../model/finding.ts';
import { releaseOf } from './ecosystem.ts';
import { installedOf, match } from './match.ts';
import type { AdvisoryIndex } from '../ports/advisory-index.ts';

const NAMES: Partial<Record<PackageType, string>> = {
  ...{ snap: 'snaps', pypi: 'Python packages', npm: 'Node packages', appx: 'Appx packages' },
  ...{
    windows: 'Windows programs',
    hotfix: 'hotfixes',
    feature: 'Windows features',
    deb: 'deb packages',
    rpm: 'rpm packages',
  },
};

/** What is known against an image. Never less than: of when the database is, and what nobody has looked at. */
export async function reportOn(
  inventory: Pick<Inventory, 'os' | 'packages' | 'cut'>,
  index: AdvisoryIndex,
): Promise<VulnerabilityReport> {
  const release = releaseOf(inventory.os);
  const database = release && (await index.describe(release.name));
  const covered = database === undefined ? undefined : release;
  const findings =
    covered === undefined
      ? []
      : await match(index.lines(covered.name), installedOf(inventory, covered), covered);
  return {
    os: inventory.os.name,
    ...(release && { ecosystem: release.name }),
    ...(database && { database }),
    notCovered: [
      ...(release === undefined ? [`OSV has no advisories for ${inventory.os.name}.`] : []),
      ...(release !== undefined && database === undefined
        ? [`The database of ${release.archive} was not fetched yet.`]
        : []),
      ...uncovered(inventory, covered?.type),
      ...(inventory.cut ?? []),
    ],
    counts: countsOf(findings),
    findings: findings.toSorted(worstFirst),
  };
}

function uncovered({ packages }: Pick<Inventory, 'packages'>, type: PackageType | undefined): string[] {
  const counts = new Map<PackageType, number>();
  for (const { type: own } of packages) if (own !== type) counts.set(own, (counts.get(own) ?? 0) + 1);
  return [...counts].map(([own, count]) => `${count} ${NAMES[own] ?? own} were not looked at.`);
}

function countsOf(findings: readonly Finding[]): Partial<Record<Severity, number>> {
  const counts: Partial<Record<Severity, number>> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

/** `unknown` is between medium and high: nobody has looked at it, so that it is not among the last. */
export function rank(severity: Severity): number {
  return severity === 'unknown' ? 2.5 : SEVERITIES.indexOf(severity);
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    rank(b.severity) - rank(a.severity) || a.package.localeCompare(b.package) || a.id.localeCompare(b.id)
  );
}
