import type { Command } from 'commander';
import { type FoundImage, findPackages } from '../api/inventory.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

export function registerFind(program: Command): void {
  talksToKiln(program.command('find'))
    .description('tell which images have a package')
    .argument('<package>', 'its name, or that of the source package that it is built from')
    .argument('[range]', 'of versions, for example `<3.0.15` or `>=3.0 <3.1` (default: all)')
    .action(async (name: string, range: string | undefined, options: CommonOptions) => {
      const { client, connection, out } = openSession(options);
      const subscription = connection.subscriptionId();
      const found = await findPackages(client, subscription, { name, range: range ?? '' });
      if (found.length === 0) out.say(`No image here has ${[name, range].join(' ').trimEnd()}.`);
      out.result(formatTable(found.map(row)), { value: found });
    });
}

function row({ template, runId, versions, os, at, simulated, packages }: FoundImage): string[] {
  const names =
    versions.length === 0
      ? [`${template}/${runId.slice(0, 8)}`]
      : versions.map((one) => `${template}@${one}`);
  const what = packages.map(({ name, version }) => `${name} ${version}`.trimEnd()).join(', ');
  return [names.join(', '), at.slice(0, 10), os, `${what}${simulated ? ' (SIMULATED)' : ''}`];
}
