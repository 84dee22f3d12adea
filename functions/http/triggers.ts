import { findTemplate } from '../../shared/commands/find-template.ts';
import { deleteTrigger as removeTrigger, putTrigger } from '../../shared/commands/triggers.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { invalid } from '../../shared/errors/invalid.ts';
import type { Trigger } from '../../shared/model/documents/documents.ts';
import { isTemplateName, TEMPLATE_TYPE, templateId } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import { readTrigger } from '../../shared/template/trigger.ts';
import { readJson } from './body.ts';
import { type Exchange, type Reply, type Route, TEMPLATE, validRefOf } from './exchange.ts';
import { json, list } from './reply.ts';

async function putTriggerRequest(exchange: Exchange): Promise<Reply> {
  const name = exchange.params['trigger'] ?? '';
  if (!isTemplateName(name)) {
    const message = `"${name}" is not a trigger name: 1 to 64 letters, digits, "-", "_" and ".".`;
    throw invalid([{ code: 'InvalidValue', target: '/name', message }]);
  }
  const read = readTrigger(await readJson(exchange));
  if (!read.ok) throw invalid(read.failures);
  const request = { ref: validRefOf(exchange), name, kind: read.kind };
  const { trigger, created } = await putTrigger(exchange.commands, request);
  return json(showTrigger(trigger), created ? 201 : 200);
}

async function getTrigger(exchange: Exchange): Promise<Reply> {
  const ref = validRefOf(exchange);
  const name = validNameOf(exchange);
  const found = await exchange.commands.store.triggers.get(ref, name);
  if (found !== undefined) return json(showTrigger(found.value), 200, { etag: found.etag });
  throw noTrigger(ref, name);
}

async function listTriggers(exchange: Exchange): Promise<Reply> {
  const ref = validRefOf(exchange);
  const { store } = exchange.commands;
  await findTemplate(store, ref);
  return list((await store.triggers.list(ref)).map(showTrigger));
}

/** Done when it answers, so that there is nothing to poll: 204 is what the service says of one that is gone. */
async function deleteTrigger(exchange: Exchange): Promise<Reply> {
  await removeTrigger(exchange.commands, { ref: validRefOf(exchange), name: validNameOf(exchange) });
  return { status: 204 };
}

/** The name becomes a part of a blob's name: one that no trigger can have never gets there. */
function validNameOf(exchange: Exchange): string {
  const name = exchange.params['trigger'] ?? '';
  if (isTemplateName(name)) return name;
  throw noTrigger(validRefOf(exchange), name);
}

function noTrigger(ref: TemplateRef, name: string): KilnError {
  const message = `Template ${ref.name} has no trigger "${name}".`;
  return new KilnError({ code: 'ResourceNotFound', message });
}

export function showTrigger({ ref, name, kind, status }: Trigger): object {
  return {
    id: `${templateId(ref)}/triggers/${name}`,
    name,
    type: `${TEMPLATE_TYPE}/triggers`,
    properties: { kind, status, provisioningState: 'Succeeded' },
  };
}

const TRIGGER = `${TEMPLATE}/triggers/{trigger}`;
const since = '2022-07-01';

export const triggerRoutes: readonly Route[] = [
  {
    name: 'list-triggers',
    method: 'GET',
    path: `${TEMPLATE}/triggers`,
    role: 'Reader',
    since,
    handle: listTriggers,
  },
  { name: 'get-trigger', method: 'GET', path: TRIGGER, role: 'Reader', since, handle: getTrigger },
  { name: 'put-trigger', method: 'PUT', path: TRIGGER, role: 'Builder', since, handle: putTriggerRequest },
  { name: 'delete-trigger', method: 'DELETE', path: TRIGGER, role: 'Builder', since, handle: deleteTrigger },
];
