import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { listRuns } from '../api/runs.ts';
import { hasSettled } from '../api/types.ts';
import { refuse } from '../errors.ts';
import { formatDuration } from '../output/duration.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';
import { allRuns, type FoundRun } from './find-run.ts';

type RunsOptions = CommonOptions & { readonly active?: boolean; readonly wait?: boolean };

const POLL_MS = 2000;

export function registerRuns(program: Command): void {
  talksToKiln(program.command('runs'))
    .description('list runs, newest first')
    .argument('[template]', 'name or id of a template (default: all)')
    .option('--active', 'only runs that have not ended, or are still cleaning up')
    .option('-w, --wait', 'with --active: return when there is none any more, for upgrades and maintenance')
    .action(async (given: string | undefined, options: RunsOptions) => {
      if (options.wait === true && options.active !== true)
        throw refuse('--wait needs --active.', 'Write `kiln runs --active --wait`.');
      const session = openSession(options);
      let found = await look(session, given, options);
      while (options.wait === true && found.length > 0) {
        session.out.say(`${found.length} active: ${found.map(nameOf).join(', ')}`);
        await sleep(POLL_MS);
        found = await look(session, given, options);
      }
      const none = options.active === true ? 'No run is active.' : noRuns(session, given);
      session.out.result(found.length === 0 ? [none] : formatTable(rows(found)), {
        value: found.map(({ template, run }) => ({ template: template.name, ...run })),
      });
    });
}

/** Where was looked: a slip in the name of a group looks the same as a group without runs. */
function noRuns({ connection, template }: Session, given: string | undefined): string {
  const group = given === undefined ? connection.resourceGroup : template(given).resourceGroup;
  const of = given === undefined ? '' : ` of ${template(given).name}`;
  const where =
    group === undefined ? `subscription ${connection.subscriptionId()}` : `resource group ${group}`;
  return `There are no runs${of} in ${where}.`;
}

async function look(session: Session, given: string | undefined, options: RunsOptions): Promise<FoundRun[]> {
  const found = given === undefined ? await allRuns(session) : await runsOf(session, given);
  return options.active === true ? found.filter(({ run }) => !hasSettled(run)) : found;
}

async function runsOf(session: Session, name: string): Promise<FoundRun[]> {
  const template = session.template(name);
  return (await listRuns(session.client, template)).map((run) => ({ template, run }));
}

const nameOf = ({ template, run }: FoundRun): string => `${template.name}/${run.id.slice(0, 8)}`;

function rows(found: readonly FoundRun[]): string[][] {
  const header = ['TEMPLATE/RUN', 'STATE', 'STARTED', 'TOOK', 'REASON'];
  return [
    header,
    ...found.map(({ template, run }) => [
      nameOf({ template, run }),
      run.subState === undefined ? run.state : `${run.state} (${run.subState})`,
      run.startTime.replace(/\.\d+Z$/, 'Z'),
      run.endTime === undefined ? '' : formatDuration(Date.parse(run.endTime) - Date.parse(run.startTime)),
      run.reason ?? '',
    ]),
  ];
}
