import type { Finding, JanitorContext } from '../../shared/janitor/finding.ts';
import { type CloudEvent, cloudEvent } from '../../shared/messaging/cloud-event.ts';
import { inParallel } from '../../shared/parallel.ts';
import { sweep } from '../../shared/janitor/sweep.ts';

/** Every quarter of an hour: staging groups live for an hour or more, and what they cost in a quarter is little. */
export const JANITOR_SCHEDULE = '0 */15 * * * *';

export type TimerLog = { info(text: string): void; warn(text: string): void };

/** Sweeps once and says what was done and why. */
export async function runJanitor(context: JanitorContext, log: TimerLog): Promise<Finding[]> {
  const findings = await sweep(context);
  for (const { subject, action, reason } of findings) {
    if (action === 'failed') log.warn(`janitor: ${subject} failed: ${reason}`);
    else if (action !== 'kept') log.info(`janitor: ${subject} ${action}, because ${reason}`);
  }
  const told = findings.filter(({ action }) => action !== 'kept');
  await inParallel(told, (finding) => context.store.outbox.addEvents([eventOf(context, finding)]));
  return findings;
}

/** Two janitors that do the same within one round tell the same event. */
function eventOf({ appName, now }: JanitorContext, { subject, action, reason, runId }: Finding): CloudEvent {
  const time = now().toISOString();
  const round = time.slice(0, 15);
  return cloudEvent({
    id: `janitor/${round}/${action}${subject}`,
    source: `/kiln/${appName}`,
    type: action === 'failed' ? 'io.kiln.janitor.failed' : 'io.kiln.janitor.removed',
    subject,
    time,
    data: { resourceId: subject, action, reason, ...(runId !== undefined && { runId }) },
  });
}
