import type { ApiClient } from './client.ts';
import { compact } from './convert.ts';
import { list, number, object, text } from './json.ts';
import { runPath } from './runs.ts';
import type { TemplateId } from './types.ts';

export type Finding = {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly version: string;
  readonly fixed?: string;
  readonly severity: string;
};

export type Report = {
  readonly os: string;
  readonly simulated: boolean;
  /** Absent: the image was compared with nothing. */
  readonly database?: {
    readonly ecosystem: string;
    readonly fetchedAt: string;
    readonly newest: string;
    readonly advisories: number;
  };
  readonly notCovered: readonly string[];
  readonly findings: readonly Finding[];
};

export async function getVulnerabilities(
  client: ApiClient,
  template: TemplateId,
  run: string,
): Promise<Report> {
  const { body } = await client.call(`${runPath(template, run)}/vulnerabilities`, { patienceMs: 30_000 });
  const { os, simulated, database, notCovered, findings } = object(body);
  const { ecosystem, fetchedAt, newest, advisories } = object(database);
  const known = database !== undefined && {
    database: {
      ecosystem: text(ecosystem) ?? '',
      fetchedAt: text(fetchedAt) ?? '',
      newest: text(newest) ?? '',
      advisories: number(advisories) ?? 0,
    },
  };
  return {
    os: text(os) ?? '',
    simulated: simulated === true,
    ...known,
    notCovered: list(notCovered).flatMap((item) => text(item) ?? []),
    findings: list(findings).map(findingOf),
  };
}

function findingOf(item: unknown): Finding {
  const { id, aliases, package: name, version, fixed, severity } = object(item);
  return {
    id: text(id) ?? '',
    aliases: list(aliases).flatMap((alias) => text(alias) ?? []),
    package: text(name) ?? '',
    version: text(version) ?? '',
    ...compact({ fixed: text(fixed) }),
    severity: text(severity) ?? 'unknown',
  };
}
