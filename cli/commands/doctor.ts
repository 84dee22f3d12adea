import type { Command } from 'commander';
import { type Finding, readDoctor } from '../api/doctor.ts';
import { EXIT } from '../errors.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

const WORDS: Readonly<Record<string, string>> = { ok: 'ok', look: 'LOOK', unknown: '?' };

/** From a service that is older than this command. */
const TOO_OLD: Finding = {
  severity: 'look',
  what: 'doctor',
  detail: 'this Kiln gives no findings: it is older than the command',
  next: 'Upgrade Kiln, or use the command of its version; `--json` has what it says.',
};

export function registerDoctor(program: Command): void {
  talksToKiln(program.command('doctor'))
    .description('whether the deployment is well, and what to do where it is not')
    .action(async (options: CommonOptions) => {
      const { client, out } = openSession(options);
      const { told, doctor } = await readDoctor(client);
      const { kiln, startedAt, findings = [TOO_OLD] } = doctor;
      const rows = findings.map(({ severity, what, detail }) => [WORDS[severity] ?? severity, what, detail]);
      const head = `Kiln ${kiln}, up since ${startedAt}`;
      out.result([head, ...formatTable(rows), ...findings.flatMap(stepOf)], told);
      if (findings.some(({ severity }) => severity === 'look')) process.exitCode = EXIT.failed;
    });
}

function stepOf({ what, why, next }: Finding): string[] {
  return next === undefined ? [] : ['', `${what}: ${why ?? ''}`.trimEnd(), `  ${next}`];
}
