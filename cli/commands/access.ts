import type { Command } from 'commander';
import { list, object, text } from '../api/json.ts';
import { EXIT } from '../errors.ts';
import { harmless } from '../output/style.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

const PATH = '/providers/Microsoft.VirtualMachineImages/access';

export function registerAccess(program: Command): void {
  const access = program.command('access').description('explain the access policy');
  talksToKiln(access.command('check'))
    .description('say whether somebody may do something, and by which rule; 0: allowed, 1: not')
    .argument(
      '<who>',
      'object id, "queue:build-requests", "timer:refresh" or "trigger:<id>"; groups and roles after commas',
    )
    .argument('<action>', 'read, run, write, approve or admin')
    .argument('<id>', 'ARM id of a template, group, image, …; or URL of a secret or blob')
    .action(async (who: string, action: string, id: string, options: CommonOptions) => {
      const session = openSession(options);
      const { body } = await session.client.call(PATH, { query: { who, action, id } });
      const verdict = object(body);
      const allowed = verdict['allowed'] === true;
      const rules = list(verdict['rules']).flatMap((rule) => text(rule) ?? []);
      const head = `${allowed ? 'allowed' : 'denied'}: ${who} ${action} ${id}`;
      session.out.result(
        [head, text(verdict['reason']) ?? '', `mode: ${text(verdict['mode']) ?? ''}`].map(harmless),
        {
          ...verdict,
          rules,
        },
      );
      if (!allowed) process.exitCode = EXIT.failed;
    });
}
