import { record } from '../../shared/audit/record.ts';
import { startDrain } from '../../shared/commands/drain.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Drain } from '../../shared/model/documents/drain.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { readJson } from './body.ts';
import { type Exchange, PROVIDER, type Reply, type Route } from './exchange.ts';
import { json } from './reply.ts';

/** Characters of a reason: a sentence or two for people. */
const LONGEST_REASON = 200;

async function getDrain({ commands }: Exchange): Promise<Reply> {
  return json(showDrain(await commands.store.drain.get()));
}

async function putDrain(exchange: Exchange): Promise<Reply> {
  const body = await readJson(exchange);
  const reason = isObject(body) ? (body['reason'] ?? '') : undefined;
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) {
    const message = `A drain is {"reason": "…"} with at most ${LONGEST_REASON} characters, or {}.`;
    throw new KilnError({ code: 'InvalidValue', target: '/reason', message });
  }
  const drain = await startDrain(exchange.commands, reason);
  await recordDrain(exchange, 'drain.start', reason);
  return json(showDrain(drain));
}

async function deleteDrain(exchange: Exchange): Promise<Reply> {
  await exchange.commands.store.drain.remove();
  await recordDrain(exchange, 'drain.end');
  return { status: 204 };
}

function recordDrain(
  { commands, caller }: Exchange,
  action: 'drain.start' | 'drain.end',
  detail = '',
): Promise<void> {
  const at = commands.now().toISOString();
  return record(commands, { id: commands.newId(), at, action, resource: '/', detail }, caller);
}

type ShownDrain = { readonly drained: boolean; readonly since?: string; readonly reason?: string };

export function showDrain(drain: Drain | undefined): ShownDrain {
  return drain === undefined
    ? { drained: false }
    : { drained: true, since: drain.since, reason: drain.reason };
}

const path = `${PROVIDER}/drain`;

export const drainRoutes: readonly Route[] = [
  { name: 'get-drain', method: 'GET', path, role: 'Reader', extension: true, handle: getDrain },
  { name: 'put-drain', method: 'PUT', path, role: 'Admin', extension: true, handle: putDrain },
  { name: 'delete-drain', method: 'DELETE', path, role: 'Admin', extension: true, handle: deleteDrain },
];
