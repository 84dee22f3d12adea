import { record } from '../audit/record.ts';
import { invalid } from '../errors/invalid.ts';
import { KilnError } from '../errors/failure.ts';
import type { TemplateHead, Trigger } from '../model/documents/documents.ts';
import { sameResource, templateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { type TriggerKind, untriggerable } from '../template/trigger.ts';
import type { CommandContext } from './context.ts';
import { findTemplate } from './find-template.ts';
import { repeatLostRace } from '../ports/lost-race.ts';

type TriggerRequest = { readonly ref: TemplateRef; readonly name: string; readonly kind: TriggerKind };

type PutTrigger = { readonly trigger: Trigger; readonly created: boolean };

/** Makes a trigger, or says that it is there already. Throws when the template cannot have it. */
export function putTrigger(context: CommandContext, request: TriggerRequest): Promise<PutTrigger> {
  return repeatLostRace(false, () => putOnce(context, request));
}

async function putOnce(context: CommandContext, { ref, name, kind }: TriggerRequest): Promise<PutTrigger> {
  const { store, now, actor } = context;
  const { value: head } = await findTemplate(store, ref);
  const existing = await store.triggers.list(ref);
  const same = existing.find((trigger) => sameResource(trigger.name, name));
  if (same !== undefined) return { trigger: same, created: false };
  const [other] = existing;
  if (other !== undefined) throw onlyOne(head, other);
  await assertTriggerable(context, head);
  const at = now().toISOString();
  const status = { code: 'Healthy', message: 'Trigger is active', time: at };
  const times = { createdAt: at, changedAt: at, createdBy: actor };
  const trigger: Trigger = { schema: 1, name, ref: head.ref, kind, status, ...times };
  await recordTrigger(context, 'trigger.write', { ref, name });
  await store.triggers.put(trigger, 'absent');
  return { trigger, created: true };
}

/** Removes a trigger. One that is not there is no error. */
export async function deleteTrigger(context: CommandContext, trigger: Named): Promise<void> {
  const { ref, name } = trigger;
  const { triggers } = context.store;
  if ((await triggers.get(ref, name)) === undefined) return;
  await recordTrigger(context, 'trigger.delete', trigger);
  await triggers.remove(ref, name);
}

type Named = Pick<Trigger, 'ref' | 'name'>;

function recordTrigger(
  context: CommandContext,
  action: 'trigger.write' | 'trigger.delete',
  { ref, name }: Named,
): Promise<void> {
  const resource = `${templateId(ref)}/triggers/${name}`;
  return record(
    context,
    { id: context.newId(), at: context.now().toISOString(), action, resource },
    context.actor,
  );
}

async function assertTriggerable({ store }: CommandContext, head: TemplateHead): Promise<void> {
  const { ref, revision, provisioningState } = head;
  if (provisioningState !== 'Succeeded') {
    const message = `Template ${ref.name} is in provisioning state ${provisioningState}; a trigger needs Succeeded.`;
    throw new KilnError({ code: 'OperationNotAllowed', message });
  }
  const stored = await store.revisions.get(ref, revision);
  const failures = stored === undefined ? [] : untriggerable(stored.template);
  if (failures.length > 0) throw invalid(failures);
}

function onlyOne({ ref }: TemplateHead, { name }: Trigger): KilnError {
  const message = `Template ${ref.name} has trigger "${name}"; it can have one. Delete that one first.`;
  return new KilnError({ code: 'Conflict', message });
}
