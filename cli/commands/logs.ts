import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { getRun, getTimeline, listLogs } from '../api/runs.ts';
import { isFinal } from '../api/types.ts';
import { refuse } from '../errors.ts';
import { belongsTo, LogFollower } from '../follow/log-follower.ts';
import { openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';
import { findRun, type FoundRun } from './find-run.ts';

type LogsOptions = CommonOptions & { readonly step?: string; readonly follow?: boolean };

const POLL_MS = 500;
/** A thousand lines for programs: `kiln sbom` and `kiln diff` are for people. */
const INVENTORY = 'inventory';

export function registerLogs(program: Command): void {
  talksToKiln(program.command('logs'))
    .description('print the output of the steps of a run')
    .argument('[run]', 'as for `show` (default: the newest run)')
    .option('--step <name>', 'only this step')
    .option('-f, --follow', 'go on until the run ends')
    .action(async (given: string | undefined, options: LogsOptions) => {
      const session = openSession(options);
      const found = await findRun(session, given);
      await printLogs(session, found, options);
    });
}

async function printLogs(session: Session, { template, run }: FoundRun, options: LogsOptions): Promise<void> {
  const { client, out } = session;
  const target = { template, id: run.id };
  // A step that has not begun has no log yet; while the run goes on, its name is looked up at each round.
  let wanted: string | undefined;
  const logs = new LogFollower(client, target, (name) =>
    wanted === undefined ? !belongsTo(name, INVENTORY) : belongsTo(name, wanted),
  );
  let last = '';
  for (;;) {
    const isOver = options.follow !== true || isFinal((await getRun(client, template, run.id)).state);
    if (options.step !== undefined) wanted = await logOfStep(session, target, options.step, isOver);
    const lines = options.step !== undefined && wanted === undefined ? [] : await logs.read(isOver);
    for (const { log, text } of lines) {
      if (out.json) out.document(JSON.stringify({ log, text }));
      else out.print(...(log === last ? [text] : [`==> ${log} <==`, text]));
      last = log;
    }
    if (isOver) return;
    await sleep(POLL_MS);
  }
}

/** The log of a step; undefined while it has none. Refused, with the names there are, once it will never have one. */
async function logOfStep(
  { client }: Session,
  { template, id }: { template: FoundRun['template']; id: string },
  step: string,
  isOver: boolean,
): Promise<string | undefined> {
  const named = (await getTimeline(client, template, id)).filter((entry) => entry.log !== undefined);
  const entry = named.find((candidate) => candidate.step === step || candidate.phase === step);
  if (entry?.log !== undefined) return entry.log;
  const names = (await listLogs(client, template, id)).map((log) => log.name);
  if (names.some((name) => belongsTo(name, step))) return step;
  if (!isOver) return undefined;
  const known = [...new Set([...named.map((candidate) => candidate.step ?? candidate.phase), ...names])];
  throw refuse(
    `The run has no output of a step "${step}".`,
    known.length === 0 ? undefined : `There is output of: ${known.join(', ')}.`,
  );
}
