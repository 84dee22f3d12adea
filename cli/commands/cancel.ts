import type { Command } from 'commander';
import { waitForOperation } from '../api/operations.ts';
import { templatePath } from '../api/template-id.ts';
import { deleteTemplate, requestCancel } from '../api/templates.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

export function registerCancel(program: Command): void {
  talksToKiln(program.command('cancel'))
    .description('cancel the active run of a template; cleanup still happens')
    .argument('<template>', 'name or id')
    .option('-w, --wait', 'return when the run has ended')
    .action(async (given: string, options: CommonOptions & { wait?: boolean }) => {
      const { client, out, template } = openSession(options);
      const id = template(given);
      const reply = await requestCancel(client, id);
      if (options.wait === true) await waitForOperation(client, reply);
      const done = options.wait === true ? 'is canceled' : 'is being canceled';
      out.result([`The run of ${id.name} ${done}.`], { template: templatePath(id), canceling: true });
    });
}

export function registerDelete(program: Command): void {
  talksToKiln(program.command('delete'))
    .description('delete a template with its runs and logs; distributed images stay')
    .argument('<template>', 'name or id')
    .action(async (given: string, options: CommonOptions) => {
      const { client, out, template } = openSession(options);
      const id = template(given);
      await deleteTemplate(client, id);
      out.result([`${id.name} is deleted.`], { template: templatePath(id), deleted: true });
    });
}
