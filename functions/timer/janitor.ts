import { noteAccess } from '../../shared/audit/note-access.ts';
import { record } from '../../shared/audit/record.ts';
import type { Finding, JanitorContext } from '../../shared/janitor/finding.ts';
import { type CloudEvent, cloudEvent } from '../../shared/model/cloud-event.ts';
import { inParallel } from '../../shared/parallel.ts';
import { sweep } from '../../shared/janitor/sweep.ts';

/** Every quarter of an hour: staging groups live for an hour or more, and what they cost in a quarter is little. */
export const JANITOR_SCHEDULE = '0 */15 * * * *';

export type TimerLog = { info(text: string): void; warn(text: string): void };

/** Sweeps once and says what was done and why. */
export async function runJanitor(context: JanitorContext, log: TimerLog): Promise<Finding[]> {
  await noteAccess(context);
  const findings = await sweep(context);
  for (const { subject, action, reason } of findings) {
    if (action === 'unknown') log.warn(`janitor: ${subject} left alone, because ${reason}`);
    else if (action === 'failed') log.warn(`janitor: ${subject} failed: ${reason}`);
    else if (action !== 'kept') log.info(`janitor: ${subject} ${action}, because ${reason}`);
  }
  const told = [];
  for (const finding of findings) if (await isTold(context, finding)) told.push(finding);
  await inParallel(told, (finding) => recordRemoval(context, finding));
  await inParallel(told, (finding) => context.store.outbox.addEvents([eventOf(context, finding)]));
  return findings;
}

/** What is unknown stays for as long as nobody looks after it, and is told once. */
function isTold({ store }: JanitorContext, { subject, action }: Finding): Promise<boolean> | boolean {
  return action === 'unknown' ? store.ledger.isNews(subject) : action !== 'kept';
}

async function recordRemoval(
  context: JanitorContext,
  { subject, action, reason, runId }: Finding,
): Promise<void> {
  if (action !== 'removed') return;
  const at = context.now().toISOString();
  const entry = {
    id: context.newId(),
    at,
    action: 'janitor.remove',
    resource: subject,
    detail: reason,
  } as const;
  await record(context, { ...entry, ...(runId !== undefined && { runId }) }, context.actor);
}

/** Two janitors that do the same within one round tell the same event. */
function eventOf({ appName, now }: JanitorContext, { subject, action, reason, runId }: Finding): CloudEvent {
  const time = now().toISOString();
  const round = time.slice(0, 15);
  return cloudEvent({
    id: `janitor/${round}/${action}${subject}`,
    source: `/kiln/${appName}`,
    type: typeOf(action),
    subject,
    time,
    data: { resourceId: subject, action, reason, ...(runId !== undefined && { runId }) },
  });
}

function typeOf(action: Finding['action']): CloudEvent['type'] {
  if (action === 'unknown') return 'io.kiln.janitor.unknown';
  return action === 'failed' ? 'io.kiln.janitor.failed' : 'io.kiln.janitor.removed';
}
