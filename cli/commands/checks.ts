import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { getChecks } from '../api/checks.ts';
import { junit } from '../checks/junit.ts';
import { CliError, EXIT } from '../errors.ts';
import { formatTable } from '../output/table.ts';
import { harmless } from '../output/style.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun, RUN_WORDS } from './find-run.ts';

export function registerChecks(program: Command): void {
  talksToKiln(program.command('checks'))
    .description('show what was asked of an image and what it has answered; ends with 1 when a check failed')
    .argument('<run>', RUN_WORDS)
    .option('--junit <file>', 'also as JUnit XML, for a CI')
    .action(async (given: string, options: CommonOptions & { readonly junit?: string }) => {
      const session = openSession(options);
      const { template, run } = await findRun(session, given);
      const proofs = await getChecks(session.client, template, run.id);
      if (options.junit !== undefined) await writeFile(options.junit, junit(proofs, run.id));
      const rows = proofs.map(({ kind, name, result, expected, found }) =>
        [kind, name, result, expected, found].map(harmless),
      );
      const table = formatTable([['KIND', 'NAME', 'RESULT', 'EXPECTED', 'FOUND'], ...rows]);
      session.out.result(proofs.length === 0 ? ['Nothing was asked of the image.'] : table, {
        value: proofs,
      });
      // Hygiene only fails what the template lets it fail: the run itself says so then.
      const failed = proofs.filter(({ kind, result }) => kind === 'checks' && result === 'failed');
      if (failed.length === 0) return;
      const message = `${failed.length} checks failed: ${failed.map(({ name }) => name).join(', ')}.`;
      throw new CliError({ exitCode: EXIT.failed, message });
    });
}
