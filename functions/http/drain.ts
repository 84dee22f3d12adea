import { startDrain } from '../../shared/commands/drain.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Drain } from '../../shared/store/blob-drain.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { readJson } from './body.ts';
import { type Exchange, PROVIDER, type Reply, type Route } from './exchange.ts';
import { json } from './reply.ts';

/** Characters of a reason: a sentence or two for people. */
const LONGEST_REASON = 200;

async function getDrain({ commands }: Exchange): Promise<Reply> {
  return json(show(await commands.store.drain.get()));
}

async function putDrain(exchange: Exchange): Promise<Reply> {
  const body = await readJson(exchange);
  const reason = isObject(body) ? (body['reason'] ?? '') : undefined;
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) {
    const message = `A drain is {"reason": "…"} with at most ${LONGEST_REASON} characters, or {}.`;
    throw new KilnError({ code: 'InvalidValue', target: '/reason', message });
  }
  return json(show(await startDrain(exchange.commands, reason)));
}

async function deleteDrain({ commands }: Exchange): Promise<Reply> {
  await commands.store.drain.remove();
  return { status: 204 };
}

function show(drain: Drain | undefined): object {
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
