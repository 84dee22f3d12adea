import type { Command } from 'commander';
import { ApiError } from '../api/client.ts';
import { listRuns } from '../api/runs.ts';
import { templatePath } from '../api/template-id.ts';
import { deleteTemplate, readTemplate } from '../api/templates.ts';
import { isFinal, type Run, type TemplateId } from '../api/types.ts';
import { refuse } from '../errors.ts';
import { confirm } from '../output/confirm.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

type DeleteOptions = CommonOptions & { readonly yes?: boolean };

export function registerDelete(program: Command): void {
  talksToKiln(program.command('delete'))
    .description('delete a template with its runs and logs; distributed images stay')
    .argument('<template>', 'name or id')
    .option('-y, --yes', 'do not ask; without a terminal nobody is asked')
    .action(async (given: string, options: DeleteOptions) => {
      const { client, out, template } = openSession(options);
      const id = template(given);
      await readTemplate(client, id).catch((error: unknown) => {
        throw error instanceof ApiError && error.status === 404 ? noTemplate(id) : error;
      });
      const runs = await listRuns(client, id);
      if (options.yes !== true && !(await confirm(question(id, runs))))
        throw refuse(`${id.name} was not deleted.`, 'Answer y, or pass --yes.');
      await deleteTemplate(client, id);
      const line = `${id.name} is deleted, with ${count(runs)} and their logs. Distributed images stay.`;
      out.result([line], { template: templatePath(id), deleted: true, runs: runs.length });
    });
}

const noTemplate = ({ name, resourceGroup }: TemplateId): Error =>
  refuse(
    `There is no template ${name} in ${resourceGroup}; nothing was deleted.`,
    '`kiln runs` lists the templates that have runs; -g names another resource group.',
  );

const count = ({ length }: readonly Run[]): string => (length === 1 ? '1 run' : `${length} runs`);

function question({ name, resourceGroup }: TemplateId, runs: readonly Run[]): string {
  const active = runs.find(({ state }) => !isFinal(state));
  const first = active === undefined ? '' : ` Run ${active.id} is active and is canceled first.`;
  return `Delete ${name} in ${resourceGroup} with ${count(runs)} and their logs?${first} Distributed images stay.`;
}
