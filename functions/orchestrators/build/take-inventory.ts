import { KilnError } from '../../../shared/errors/failure.ts';
import { INVENTORY, MACHINE } from '../../../shared/planning/names.ts';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import { secondsOf } from '../../../shared/model/time.ts';
import type { Output } from '../../contract.ts';
import { LIMITS } from '../limits.ts';
import { asResult, call, type Piece } from '../durable.convert.ts';
import { entry, type Planned, record, stepEntry } from './build.ts';
import { runCommand } from './run-command.ts';

const LOG = INVENTORY;

/**
 * Lists what is in the machine, while it still has everything, unless the last steps' command has done so. Nothing of it can fail
 * the build, but for a cancel.
 */
export function* takeInventory(build: Planned, listed = false): Piece<void> {
  if (build.plan.inventory !== true) return;
  const line = (event: TimelineEntry['event'], message?: string) => ({
    ...entry(build.df, 'inventory', event, message),
    log: LOG,
  });
  yield* record(build, [line('started')]);
  const kept = yield* asResult(listing(build, listed));
  if (!kept.ok && kept.error.code === 'RunCanceled') throw new KilnError(kept.error);
  const { taken, said } = kept.ok ? kept.value : { taken: false, said: kept.error.message };
  const warning = `What is in the image could not be listed; the build goes on. ${said}`;
  build.unsaid.push(taken ? line('succeeded', said) : line('skipped', warning));
}

function* listing({ df, plan }: Planned, listed: boolean): Piece<Output<'keep-inventory'>> {
  if (listed) return yield* call(df, 'keep-inventory', { plan });
  const command = {
    machine: MACHINE,
    name: LOG,
    log: LOG,
    label: 'the listing of the image',
    timeoutSeconds: secondsOf(LIMITS.listing),
    script: { kind: 'inventory' },
  } as const;
  yield* runCommand(df, plan, command, LIMITS.reportOfSmallCommand);
  return yield* call(df, 'keep-inventory', { plan });
}

/** Stops the build for what is known against what was listed, while nothing of it has gone anywhere. */
export function* judgeVulnerabilities(build: Planned): Piece<void> {
  const { df, plan } = build;
  if (plan.gate !== true) return;
  const line = (event: TimelineEntry['event'], message?: string) =>
    stepEntry(df, 'inventory', 'vulnerabilities', { event, ...(message !== undefined && { message }) });
  const judged = yield* asResult(call(df, 'judge-vulnerabilities', { plan }));
  if (judged.ok) {
    build.unsaid.push(line('succeeded', judged.value.said));
    return;
  }
  yield* record(build, [line('failed', judged.error.message)]);
  throw new KilnError(judged.error);
}
