import { type Command, InvalidArgumentError } from 'commander';
import { keepRun, releaseRun } from '../api/runs.ts';
import { templatePath } from '../api/template-id.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun, RUN_WORDS } from './find-run.ts';

type KeepOptions = CommonOptions & { readonly for: string };

function lease(text: string): string {
  if (/^(?=\d)(\d+h)?(\d+m)?$/.test(text)) return text;
  throw new InvalidArgumentError('Write hours and minutes, such as 24h, 90m or 1h30m.');
}

export function registerKeep(program: Command): void {
  talksToKiln(program.command('keep'))
    .description('let the machines, or the image, that a failed run has kept stay for longer')
    .argument('<run>', RUN_WORDS)
    .option('--for <time>', 'from now, such as 8h or 90m; at most 30 days', lease, '24h')
    .action(async (given: string, options: KeepOptions) => {
      const session = openSession(options);
      const { template, run } = await findRun(session, given);
      const { keptUntil } = await keepRun(session.client, { template, id: run.id }, options.for);
      const line = `What run ${template.name}/${run.id} has kept stays until ${keptUntil}.`;
      session.out.result([line], { template: templatePath(template), runId: run.id, keptUntil });
    });
  talksToKiln(program.command('release'))
    .description('remove the machines, or the image, that a failed run has kept, before the lease ends')
    .argument('<run>', RUN_WORDS)
    .action(async (given: string, options: CommonOptions) => {
      const session = openSession(options);
      const { template, run } = await findRun(session, given);
      const { releasedAt } = await releaseRun(session.client, { template, id: run.id });
      const name = `${template.name}/${run.id}`;
      const lines = [
        `What run ${name} had kept is going.`,
        `  \`kiln show ${name}\` says \`cleanup done\` when it is gone.`,
      ];
      session.out.result(lines, { template: templatePath(template), runId: run.id, releasedAt });
    });
}
