import type { Command } from 'commander';
import { endDrain, readDrain, startDrain } from '../api/drain.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

export function registerDrain(program: Command): void {
  const drain = program
    .command('drain')
    .description('close the ways by which new work begins, before an upgrade');
  talksToKiln(drain.command('status', { isDefault: true }))
    .description('whether Kiln takes new work')
    .action(async (options: CommonOptions) => {
      const { client, out } = openSession(options);
      const state = await readDrain(client);
      const { since, reason } = state;
      const why = reason === '' ? '' : ` (${reason})`;
      const words = state.drained ? `No new work begins since ${since}${why}.` : 'Kiln takes new work.';
      out.result([words], state);
    });
  talksToKiln(drain.command('on'))
    .description('refuse submissions, runs and distributions; the queue waits, what has begun goes on')
    .option('--reason <text>', 'told to everybody who is refused')
    .action(async (options: CommonOptions & { readonly reason?: string }) => {
      const { client, out } = openSession(options);
      const state = await startDrain(client, options.reason ?? '');
      const next =
        'Wait for what has begun with `kiln runs --active --wait`, and end it with `kiln drain off`.';
      out.result([`No new work begins since ${state.since}.`, next], state);
    });
  talksToKiln(drain.command('off'))
    .description('take new work again, and what waits in the queue')
    .action(async (options: CommonOptions) => {
      const { client, out } = openSession(options);
      await endDrain(client);
      out.result(['Kiln takes new work. Requests that waited start within a minute.'], { drained: false });
    });
}
