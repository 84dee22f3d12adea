import { DAY } from '../../shared/model/time.ts';
import type { HttpRequest } from '@azure/functions';
import { readAudit } from '../../shared/audit/read-audit.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import {
  type Exchange,
  PROVIDER,
  type Reply,
  type Route,
  scopeOf,
  TEMPLATE,
  validRefOf,
} from './exchange.ts';
import { scopeOf as templateScopeOf } from './image-templates.ts';
import { nextLink, pageOf, type Paged } from './paging.ts';
import { parameter } from './query.ts';
import { list } from './reply.ts';

/** What is shown when the request names no time. */
const DAYS = 7;
const PAGED: Paged = { most: 1000, usual: 100, what: 'entries' };

/** Who changed what below the path, newest first. Of templates that are gone as well: their audit outlives them. */
async function listAudit(exchange: Exchange): Promise<Reply> {
  const { request, params, commands, caller } = exchange;
  const to = timeOf(request, 'to') ?? new Date(commands.now().getTime() + 1);
  const from = timeOf(request, 'from') ?? new Date(to.getTime() - DAYS * DAY);
  const { after, limit } = pageOf(request, PAGED);
  assertPath(exchange);
  const query = { scope: scopeOf(params) ?? '/', from, to, limit, ...(after !== undefined && { after }) };
  const reader = { policy: commands.gate.policy, reader: caller };
  const { entries, last } = await readAudit(commands.store, reader, query);
  return list(entries, last === undefined ? undefined : nextLink(withTimes(request, { from, to }), last));
}

/** Throws `ResourceNotFound` for names that nothing can have: an empty list would hide the typing error. */
function assertPath(exchange: Exchange): void {
  const { params } = exchange;
  if (params['name'] !== undefined) validRefOf(exchange);
  else if (params['subscriptionId'] !== undefined) templateScopeOf(params);
}

function timeOf(request: HttpRequest, name: string): Date | undefined {
  const text = parameter(request, name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  const message = `${name} is "${text}"; write a moment in ISO 8601, for example 2026-11-29T12:00:00Z.`;
  throw new KilnError({ code: 'InvalidValue', target: name, message });
}

/** The pages that follow are of the same times, though the clock goes on. */
function withTimes(
  request: HttpRequest,
  { from, to }: { from: Date; to: Date },
): Pick<HttpRequest, 'url' | 'headers' | 'query'> {
  const query = new URLSearchParams([...request.query]);
  query.set('from', from.toISOString());
  query.set('to', to.toISOString());
  return { url: request.url, headers: request.headers, query };
}

const extension = { method: 'GET', role: 'Reader', extension: true, handle: listAudit } as const;

export const auditRoutes: readonly Route[] = [
  { name: 'audit', path: `${PROVIDER}/audit`, ...extension },
  { name: 'audit-of-subscription', path: `subscriptions/{subscriptionId}/${PROVIDER}/audit`, ...extension },
  {
    name: 'audit-of-group',
    path: `subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${PROVIDER}/audit`,
    ...extension,
  },
  { name: 'audit-of-template', path: `${TEMPLATE}/audit`, ...extension },
];
