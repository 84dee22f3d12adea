import type { Command } from 'commander';
import { getDiff, type RunRef } from '../api/inventory.ts';
import { openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';
import { findRun, RUN_WORDS } from './find-run.ts';

type DiffOptions = CommonOptions & { readonly markdown?: boolean };

export function registerDiff(program: Command): void {
  talksToKiln(program.command('diff'))
    .description('tell what is different in two images: packages, services, ports, users, size')
    .argument('<from>', `the older image (${RUN_WORDS}), or \`source\``)
    .argument(
      '[to]',
      'the newer image; alone, `from` is compared with the last image before it, or with its source',
    )
    .option('--markdown', 'as a release note')
    .action(async (from: string, to: string | undefined, options: DiffOptions) => {
      const session = openSession(options);
      const image = await refOf(session, to ?? from);
      const against = to === undefined ? undefined : from === 'source' ? from : await refOf(session, from);
      if (options.json === true) session.out.document(await getDiff(session.client, image, against, 'json'));
      else {
        const format = options.markdown === true ? 'markdown' : 'text';
        const text = await getDiff(session.client, image, against, format);
        session.out.print(...text.trimEnd().split('\n'));
      }
    });
}

async function refOf(session: Session, given: string): Promise<RunRef> {
  const { template, run } = await findRun(session, given);
  return { template, id: run.id };
}
