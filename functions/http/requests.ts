import { actorOf } from '../../shared/model/principal.ts';
import { findTemplate } from '../../shared/commands/find-template.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { inOrder, positionOf } from '../../shared/requests/line.ts';
import type { BuildRequest, TemplateHead } from '../../shared/model/documents/documents.ts';
import { toldError } from '../../shared/model/documents/told-run.ts';
import { runId } from '../../shared/model/convert.ts';
import { isGuid, sameResource, templateId } from '../../shared/model/ids.ts';
import { type Exchange, type Reply, type Route, TEMPLATE, validRefOf } from './exchange.ts';
import { json, list } from './reply.ts';

/** Requests that wait for the template, next one first. */
async function listRequests(exchange: Exchange): Promise<Reply> {
  const { store, now } = exchange.commands;
  const head = await headOf(exchange);
  const entries = inOrder(head.line ?? [], now());
  const requests = await Promise.all(entries.map(({ id }) => store.buildRequests.get(id)));
  return list(
    requests.flatMap((request) => (request === undefined ? [] : [showRequest(request, head, now())])),
  );
}

async function getRequest(exchange: Exchange): Promise<Reply> {
  const { store, now } = exchange.commands;
  const head = await headOf(exchange);
  const id = exchange.params['requestId'] ?? '';
  const request = isGuid(id) ? await store.buildRequests.get(runId(id)) : undefined;
  if (request !== undefined && sameResource(templateId(request.ref), templateId(head.ref)))
    return json(showRequest(request, head, now()));
  throw new KilnError({
    code: 'ResourceNotFound',
    message: `Template ${head.ref.name} has no request ${id}.`,
  });
}

/** What the refresh timer decided, newest last. */
async function getRefresh(exchange: Exchange): Promise<Reply> {
  const { ref } = await headOf(exchange);
  const { checkedAt, decisions = [] } = (await exchange.commands.store.refreshes.get(ref)) ?? {};
  return json({ ...(checkedAt !== undefined && { checkedAt }), decisions });
}

async function headOf(exchange: Exchange): Promise<TemplateHead> {
  return (await findTemplate(exchange.commands.store, validRefOf(exchange))).value;
}

export function showRequest(
  { schema: _schema, ref: _ref, requestedBy, ...rest }: BuildRequest,
  head: TemplateHead,
  now: Date,
): object {
  const request = { ...rest, ...(requestedBy && { requestedBy: actorOf(requestedBy) }) };
  const position = positionOf(head.line ?? [], request.id, now);
  return {
    ...toldError(request),
    ...(request.state === 'waiting' && position !== undefined && { position }),
  };
}

const extension = { method: 'GET', role: 'Reader', extension: true } as const;

export const requestRoutes: readonly Route[] = [
  { name: 'list-requests', path: `${TEMPLATE}/requests`, handle: listRequests, ...extension },
  { name: 'get-refresh', path: `${TEMPLATE}/refresh`, handle: getRefresh, ...extension },
  { name: 'get-request', path: `${TEMPLATE}/requests/{requestId}`, handle: getRequest, ...extension },
];
