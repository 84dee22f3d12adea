import type { Command } from 'commander';
import { listRuns } from '../api/runs.ts';
import { formatDuration } from '../output/duration.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { allRuns, type FoundRun } from './find-run.ts';

export function registerRuns(program: Command): void {
  talksToKiln(program.command('runs'))
    .description('list runs, newest first')
    .argument('[template]', 'name or id of a template (default: all)')
    .action(async (given: string | undefined, options: CommonOptions) => {
      const session = openSession(options);
      const found = given === undefined ? await allRuns(session) : await runsOf(given);
      session.out.result(found.length === 0 ? ['There are no runs yet.'] : formatTable(rows(found)), {
        value: found.map(({ template, run }) => ({ template: template.name, ...run })),
      });

      async function runsOf(name: string): Promise<FoundRun[]> {
        const template = session.template(name);
        return (await listRuns(session.client, template)).map((run) => ({ template, run }));
      }
    });
}

function rows(found: readonly FoundRun[]): string[][] {
  const header = ['TEMPLATE/RUN', 'STATE', 'STARTED', 'TOOK', 'REASON'];
  return [
    header,
    ...found.map(({ template, run }) => [
      `${template.name}/${run.id.slice(0, 8)}`,
      run.subState === undefined ? run.state : `${run.state} (${run.subState})`,
      run.startTime.replace(/\.\d+Z$/, 'Z'),
      run.endTime === undefined ? '' : formatDuration(Date.parse(run.endTime) - Date.parse(run.startTime)),
      run.reason ?? '',
    ]),
  ];
}
