import type { Command } from 'commander';
import { getRun, getTimeline } from '../api/runs.ts';
import type { Run, TimelineEntry } from '../api/types.ts';
import { keptLines, leftOutLines, messageLines, outputLines, remedyOf } from '../follow/outcome.ts';
import { renderTree } from '../follow/render.ts';
import { buildTree } from '../follow/tree.ts';
import type { Output } from '../output/output.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun, RUN_WORDS } from './find-run.ts';

export function registerShow(program: Command): void {
  talksToKiln(program.command('show'))
    .description('show runs: steps, durations, outputs, errors')
    .argument('<run...>', RUN_WORDS)
    .action(async (given: string[], options: CommonOptions) => {
      const session = openSession(options);
      const shown: object[] = [];
      const lines: string[] = [];
      for (const name of given) {
        const { template, run: found } = await findRun(session, name);
        const run = await getRun(session.client, template, found.id);
        const timeline = await getTimeline(session.client, template, found.id);
        shown.push({ template: template.name, ...run, timeline });
        lines.push(
          `${template.name}/${run.id}`,
          ...describe(`${template.name}/${run.id}`, { run, timeline }, session.out),
        );
      }
      session.out.result(lines, shown.length === 1 ? shown[0] : { value: shown });
    });
}

type Shown = { readonly run: Run; readonly timeline: readonly TimelineEntry[] };

function describe(own: string, { run, timeline }: Shown, out: Output): string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['state', run.subState === undefined ? run.state : `${run.state} (${run.subState})`],
    ['reason', run.reason],
    ['source', run.source],
    ['machine', [run.vmSize, run.agent].filter((part) => part !== undefined).join(', ') || undefined],
    ['staging', run.stagingGroup],
    ['cleanup', run.cleanup],
  ];
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(8)} ${value}`],
  );
  const style = out.resultStyle;
  const columns = process.stdout.columns ?? 120;
  const tree = renderTree(buildTree(timeline, run), { now: Date.now(), style, columns, rows: Infinity });
  const error = run.error === undefined ? [] : [...messageLines(run.error), `remedy: ${remedyOf(run.error)}`];
  return [
    ...known,
    ...leftOutLines(run.notCarriedOut),
    ...tree,
    ...outputLines(run),
    ...error,
    ...keptLines(own, run),
  ];
}
