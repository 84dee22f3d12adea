import { type Command, Option } from 'commander';
import { type Finding, getVulnerabilities, type Report } from '../api/vulnerabilities.ts';
import { CliError, EXIT } from '../errors.ts';
import { formatTable } from '../output/table.ts';
import { harmless } from '../output/style.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findMade } from './find-made.ts';
import { RUN_WORDS } from './find-run.ts';

/** From least to worst; what nobody has rated stands between medium and high. */
const SEVERITIES = ['negligible', 'low', 'medium', 'unknown', 'high', 'critical'];

type VulnsOptions = CommonOptions & { readonly failOn?: string; readonly fixedOnly?: boolean };

export function registerVulns(program: Command): void {
  talksToKiln(program.command('vulns'))
    .description('show what is known against an image: open advisories, worst first')
    .argument('<what>', RUN_WORDS)
    .addOption(
      new Option('--fail-on <severity>', 'end with 1 when there is something as bad or worse').choices(
        SEVERITIES,
      ),
    )
    .option('--fixed-only', 'only what an update mends')
    .action(async (what: string, options: VulnsOptions) => {
      const session = openSession(options);
      const { template, run } = await findMade(session, what);
      const report = await getVulnerabilities(session.client, template, run.id);
      const findings = report.findings.filter(
        ({ fixed }) => options.fixedOnly !== true || fixed !== undefined,
      );
      session.out.result([...tableOf(findings), ...aboutDatabase(report, findings)], { ...report, findings });
      if (options.failOn !== undefined) refuseGrave(report, findings, options.failOn);
    });
}

function tableOf(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const header = ['SEVERITY', 'ADVISORY', 'PACKAGE', 'VERSION', 'FIXED IN'];
  const rows = findings.map(({ id, aliases, package: name, version, fixed, severity }) =>
    [severity, aliases.find((alias) => alias.startsWith('CVE-')) ?? id, name, version, fixed ?? 'no fix'].map(
      harmless,
    ),
  );
  return formatTable([header, ...rows]);
}

/** Said every time: no finding is worth only as much as what was looked at. */
function aboutDatabase(
  { database, notCovered, os, simulated }: Report,
  findings: readonly Finding[],
): string[] {
  const known =
    database === undefined
      ? `${os} was compared with nothing.`
      : `${findings.length} findings in ${os}, compared with ${database.advisories} advisories of ${database.ecosystem}, fetched ${database.fetchedAt}, the newest of ${database.newest}.`;
  const made = simulated ? ['The machine was simulated: what is in it is made up.'] : [];
  return [known, ...notCovered.map((line) => `not covered: ${line}`), ...made];
}

function refuseGrave({ database }: Report, findings: readonly Finding[], failOn: string): void {
  const least = SEVERITIES.indexOf(failOn);
  const grave = findings.filter(({ severity }) => SEVERITIES.indexOf(severity) >= least);
  if (database === undefined)
    throw new CliError({ exitCode: EXIT.failed, message: 'The image was compared with nothing.' });
  if (grave.length > 0)
    throw new CliError({
      exitCode: EXIT.failed,
      message: `${grave.length} findings are ${failOn} or worse.`,
      remedy: 'Update the packages in a step of the template and build again.',
    });
}
