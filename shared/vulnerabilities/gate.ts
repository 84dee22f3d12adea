import type { VulnerabilityReport } from '../model/documents/vulnerabilities.ts';
import type { Finding } from '../model/finding.ts';
import type { VulnerabilityGate } from '../model/proof-wishes.ts';
import { rank } from './report.ts';

export type Verdict =
  | { readonly passes: true; readonly said: string }
  | { readonly passes: false; readonly isJudged: boolean; readonly said: string };

const MOST_NAMED = 20;

/** Whether what is known against an image keeps it from being distributed. What nobody has looked at does not pass. */
export function judge(report: VulnerabilityReport, gate: VulnerabilityGate, now: Date): Verdict {
  const { database, findings, notCovered } = report;
  if (database === undefined) return { passes: false, isJudged: false, said: notCovered.join(' ') };
  const isFixable = ({ fixed }: Finding) => !gate.fixedOnly || fixed !== undefined;
  const grave = findings.filter((one) => rank(one.severity) >= rank(gate.failOn) && isFixable(one));
  const open = grave.filter((one) => !isIgnored(one, gate, now));
  const left = grave.length - open.length;
  const against = `${database.ecosystem} of ${database.fetchedAt}`;
  const ignored = left === 0 ? '' : `, ${left} ignored`;
  if (open.length === 0)
    return {
      passes: true,
      said: `${findings.length} findings in ${against}, none that the gate stops${ignored}.`,
    };
  const named = open.slice(0, MOST_NAMED).map(describe);
  const more = open.length > named.length ? ` and ${open.length - named.length} more` : '';
  const said = `${open.length} findings of severity ${gate.failOn} or worse in ${against}${ignored}: ${named.join(', ')}${more}.`;
  return { passes: false, isJudged: true, said };
}

/** By the name of the advisory or one of its others, for as long as that was said. */
function isIgnored({ id, aliases }: Finding, { ignore }: VulnerabilityGate, now: Date): boolean {
  return ignore.some((one) => [id, ...aliases].includes(one.id) && now <= endOf(one.until));
}

/** A day counts to its end, UTC. */
function endOf(until: string): Date {
  return new Date(`${until}T23:59:59.999Z`);
}

function describe({ id, aliases, package: name, version, fixed, severity }: Finding): string {
  const cve = aliases.find((alias) => alias.startsWith('CVE-')) ?? id;
  return `${cve} (${severity}) in ${name} ${version}${fixed === undefined ? ', no fix' : `, fixed in ${fixed}`}`;
}
