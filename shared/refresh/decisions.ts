import { type CloudEvent, cloudEvent } from '../model/cloud-event.ts';
import type { RefreshDecision, TemplateHead } from '../model/documents/documents.ts';
import { disabled } from '../model/documents/head.ts';
import { templateId } from '../model/ids.ts';
import type { Decision, Situation } from './decide.ts';
import type { RefreshContext } from './refresh-context.ts';

const KEPT = 100;

/** Writes a decision down, on the resource where it shows, and as an event. The same one again is not repeated. */
export async function tellDecision(
  context: RefreshContext,
  situation: Situation,
  { due, ...what }: Decision,
): Promise<RefreshDecision | undefined> {
  const { head, state, now } = situation;
  const { ref } = head;
  if (what.decision === 'disabled') await disable(context, situation, what.reason);
  await followTriggers(context, situation, what);
  const last = state?.decisions.at(-1);
  const isNews = due !== undefined || last?.decision !== what.decision || last.reason !== what.reason;
  const decision: RefreshDecision = { at: now.toISOString(), ...what };
  if (!isNews) return decision;
  await context.store.outbox.addEvents(eventsOf(head, decision));
  await context.store.refreshes.put({
    schema: 1,
    ref,
    // While it is disabled or waits, what becomes due is still owed, once.
    checkedAt: due === undefined ? (state?.checkedAt ?? head.createdAt) : now.toISOString(),
    decisions: [...(state?.decisions ?? []), decision].slice(-KEPT),
  });
  return decision;
}

async function disable({ store }: RefreshContext, { head, now }: Situation, reason: string): Promise<void> {
  if (head.refreshDisabled !== undefined) return;
  const why = { at: now.toISOString(), reason };
  await store.templates.update(head.ref, (current) => disabled(current, why));
}

/** Triggers show what became of them, as Azure VM Image Builder's do. */
async function followTriggers(
  { store }: RefreshContext,
  { head, triggers, now }: Situation,
  { decision, reason }: Pick<RefreshDecision, 'decision' | 'reason'>,
): Promise<void> {
  const isDisabled = decision === 'disabled';
  for (const { name } of triggers)
    await store.triggers.update(head.ref, name, (trigger) => {
      const code = isDisabled ? 'Disabled' : 'Healthy';
      if (trigger.status.code === code) return undefined;
      const time = now.toISOString();
      const message = isDisabled ? reason : 'Trigger is active';
      return { ...trigger, status: { code, message, time }, changedAt: time };
    });
}

function eventsOf(head: TemplateHead, { at, decision, reason, requestId }: RefreshDecision): CloudEvent[] {
  const source = templateId(head.ref);
  const make = (type: CloudEvent['type'], more: Readonly<Record<string, unknown>> = {}) =>
    cloudEvent({
      id: `refresh/${at}/${decision}`,
      source,
      type,
      subject: 'refresh',
      time: at,
      data: { templateId: source, reason, ...more },
    });
  switch (decision) {
    case 'enqueued':
      return [make('io.kiln.refresh.enqueued', { requestId })];
    case 'disabled':
      return [make('io.kiln.trigger.disabled', { failures: head.failures ?? 0 })];
    case 'enabled':
      return [make('io.kiln.trigger.enabled')];
    case 'skipped':
    case 'waiting':
    case 'failed':
      return [make('io.kiln.refresh.skipped')];
    default:
      return decision satisfies never;
  }
}
