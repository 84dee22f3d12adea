import type { Command } from 'commander';
import { getTrends, type Trend } from '../api/inventory.ts';
import { formatBytes, formatDuration } from '../output/duration.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

export function registerTrends(program: Command): void {
  talksToKiln(program.command('trends'))
    .description('show how long the builds of a template took, and how large their images are')
    .argument('<template>', 'name or id')
    .action(async (given: string, options: CommonOptions) => {
      const { client, out, template } = openSession(options);
      const trends = await getTrends(client, template(given));
      if (trends.length === 0) out.say(`No build of ${given} has given an image yet.`);
      const head =
        trends.length === 0 ? [] : [['image', 'date', 'took', 'longest step', 'packages', 'size', 'boot']];
      out.result(formatTable([...head, ...trends.map(row)]), { value: trends });
    });
}

function row({ runId, versions, at, seconds, packages, usedBytes, bootSeconds }: Trend): string[] {
  const steps = Object.entries(seconds).filter(([key]) => key.includes(' > '));
  const [longest] = steps.sort(([, a], [, b]) => b - a);
  return [
    versions[0] ?? runId.slice(0, 8),
    at.slice(0, 10),
    formatDuration((seconds['run'] ?? 0) * 1000),
    longest === undefined ? '' : `${longest[0].split(' > ')[1] ?? ''} ${formatDuration(longest[1] * 1000)}`,
    packages === undefined ? '' : String(packages),
    usedBytes === undefined ? '' : formatBytes(usedBytes),
    bootSeconds === undefined ? '' : formatDuration(bootSeconds * 1000),
  ];
}
