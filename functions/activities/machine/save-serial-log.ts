import { Buffer } from 'node:buffer';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Activity } from '../activity.ts';

/** Characters that a message can carry. */
const TAIL = 2000;

/** Keeps the serial log: all there is to read when a machine does not answer. */
export const saveSerialLog: Activity<'save-serial-log'> = async (app, { plan, machine, log }) => {
  const { machines } = app.azure(plan.subscriptionId);
  const text = await machines.serialLog(plan.stagingGroup, machine).catch((error: unknown) => {
    // Boot diagnostics may be forbidden by policy; the build has failed for another reason, which counts.
    if (error instanceof KilnError) return '';
    throw error;
  });
  const bytes = Buffer.from(text);
  const name = `${log}.out`;
  const { ref, runId } = plan.run;
  // The log is appended to: a second delivery of this activity must not double it.
  const known = await app.store.logs.read(ref, runId, name, 0, 1);
  if (bytes.byteLength > 0 && known.byteLength === 0) await app.store.logs.append(ref, runId, name, bytes);
  return { tail: text.trimEnd().slice(-TAIL) };
};
