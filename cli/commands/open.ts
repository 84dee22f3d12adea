import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { TemplateId } from '../api/types.ts';
import { pageAddress } from '../connect/page-address.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun } from './find-run.ts';

type OpenOptions = CommonOptions & { readonly print?: boolean };

export function registerOpen(program: Command): void {
  talksToKiln(program.command('open'))
    .description('open the web page, or a run on it, in a browser')
    .argument('[run]', 'TEMPLATE (its newest run), TEMPLATE/RUN, or the beginning of a run id')
    .option('--print', 'print the address and open nothing')
    .action(async (given: string | undefined, options: OpenOptions) => {
      const session = openSession(options);
      const found = given === undefined ? undefined : await findRun(session, given);
      const path = found === undefined ? '/ui/' : placeOf(found.template, found.run.id);
      const url = await pageAddress(session.connection, path);
      session.out.result([url], { url });
      if (options.print !== true) await openBrowser(url);
    });
}

function placeOf({ subscriptionId, resourceGroup, name }: TemplateId, run: string): string {
  return `/ui/images/${[subscriptionId, resourceGroup, name].map(encodeURIComponent).join('/')}/runs/${run}`;
}

const OPENERS = [
  ['darwin', 'open'],
  ['win32', 'explorer.exe'],
] as const;

/** Without a browser, on a server for one, the address that was printed has to do. */
function openBrowser(url: string): Promise<void> {
  const command = OPENERS.find(([platform]) => platform === process.platform)?.[1] ?? 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(command, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve());
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
