import { indexImage } from '../../../shared/commands/index-image.ts';
import { noteTrend } from '../../../shared/commands/note-trend.ts';
import { afterEnd, endRun } from '../../../shared/commands/end-run.ts';
import type { Slot } from '../../../shared/model/documents/documents.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Activity } from '../activity.ts';
import { issueProvenance } from '../../../shared/provenance/issue.ts';
import { inventoryReader, watchImage } from '../../../shared/vulnerabilities/look-after.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import type { App } from '../../app.ts';

/** The run is over; its template is free for the next one. Then it is written down where its outputs come from. */
export const recordOutcome: Activity<'record-outcome'> = async (app, { run, ...ending }, engine) => {
  const { store, flush, limits } = app;
  const ended = await endRun(store, run, ending);
  if (ended === undefined)
    throw new KilnError({ code: 'ResourceNotFound', message: `Run ${run.runId} is gone.` });
  const wake = (waiting: readonly Slot[]) => engine.wake(waiting);
  await afterEnd({ store, limits, flush, wake, log: (line) => engine.log(line) }, ended);
  await indexImage(store, ended);
  await noteTrend(store, ended);
  await engine.advance(run.ref);
  const log = (line: string) => engine.log(line);
  await quietly(log, () => issue(app, ended, log));
  await quietly(log, () => watch(app, ended));
  return { canceled: ended.state === 'Canceled' };
};

type Log = (line: string) => void;

/** Nothing of it changes how a run has ended, or whether its staging group goes. */
async function quietly(log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log(`after the end of a run: ${String(error)}`);
  }
}

async function issue({ store, vhds, name, signer, mostDigestBytes }: App, run: Run, log: Log): Promise<void> {
  const issuer = { store, vhds, appName: name, mostBytes: mostDigestBytes, ...(signer && { signer }) };
  for (const { output, note } of await issueProvenance(issuer, run))
    if (note !== undefined) log(`provenance of ${run.id}/${output} is not signed: ${note}`);
}

/** What nobody has got needs no looking after. */
async function watch({ store }: App, { ref, id, outputs }: Run): Promise<void> {
  if (outputs.some(({ state }) => state === 'Succeeded'))
    await watchImage({ store, inventoryOf: inventoryReader(store) }, { ref, runId: id });
}
