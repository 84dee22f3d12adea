import type { Command } from 'commander';
import { type DiffLine, lineDiff } from '../api/line-diff.ts';
import { getRevision, listRevisions } from '../api/revisions.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

const SIGNS = { same: ' ', removed: '-', added: '+' } as const satisfies Record<DiffLine['is'], string>;

export function registerRevisions(program: Command): void {
  talksToKiln(program.command('revisions'))
    .description('the revisions of a template, or what is different between two of them')
    .argument('<template>', 'name or id')
    .argument('[from]', 'number of a revision')
    .argument('[to]', 'number of another one (default: the newest)')
    .action(
      async (given: string, from: string | undefined, to: string | undefined, options: CommonOptions) => {
        const { client, out, template } = openSession(options);
        const id = template(given);
        const known = await listRevisions(client, id);
        if (from === undefined) {
          const rows = known.map(({ number, createdAt, by }) => [String(number), createdAt, by]);
          out.result(formatTable([['REVISION', 'SINCE', 'BY'], ...rows]), { value: known });
          return;
        }
        const [old, young] = await Promise.all([
          getRevision(client, id, from),
          getRevision(client, id, to ?? String(known[0]?.number ?? from)),
        ]);
        const lines = lineDiff(linesOf(old.template), linesOf(young.template));
        const heads = [`--- revision ${old.number}`, `+++ revision ${young.number}`];
        const shown = lines.map(({ is, text }) => `${SIGNS[is]} ${text}`);
        out.result([...heads, ...shown], { from: old, to: young });
      },
    );
}

const linesOf = (value: object): string[] => JSON.stringify(value, undefined, 2).split('\n');
