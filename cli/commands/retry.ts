import type { Command } from 'commander';
import { retryRun } from '../api/runs.ts';
import { templatePath } from '../api/template-id.ts';
import { CiReport, type ReportOptions } from '../report/report.ts';
import { EXIT } from '../errors.ts';
import { followRun } from '../follow/follow-run.ts';
import { findFailedStep, outputLines, tellOutcome } from '../follow/outcome.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun } from './find-run.ts';

type RetryOptions = CommonOptions & ReportOptions & { readonly wait?: boolean };

export function registerRetry(program: Command): void {
  talksToKiln(program.command('retry'))
    .description('distribute again what failed of a run, without building; the image is kept for 24 hours')
    .argument('[run]', 'TEMPLATE/RUN, run id or TEMPLATE for its newest run (default: the newest of all)')
    .option('-w, --wait', 'show the run until it ends; the exit code tells the outcome')
    .option('--outputs <file>', 'as for `build`')
    .option('--summary <file>', 'as for `build`')
    .action(async (given: string | undefined, options: RetryOptions) => {
      process.exitCode = await retry(given, options);
    });
}

async function retry(given: string | undefined, options: RetryOptions): Promise<number> {
  const { client, out, ...session } = openSession(options);
  const { template, run } = await findRun({ client, out, ...session }, given);
  await retryRun(client, template, run.id);
  const name = `${template.name}/${run.id}`;
  if (options.wait !== true) {
    const lines = [`Run ${name} distributes again what failed.`, `  watch   kiln logs ${name} -f`];
    out.result(lines, { template: templatePath(template), runId: run.id });
    return EXIT.succeeded;
  }
  const target = { template, id: run.id };
  const followed = await followRun(client, out, target, { logs: false, interruptible: true });
  const failed = await findFailedStep(client, target, followed);
  const code = tellOutcome(out, target, followed, failed);
  out.result(outputLines(followed.run), followed.run);
  // No template file is at hand whose lines annotations could point at.
  await new CiReport(out, '', options).run(target, followed, { failed });
  return code;
}
