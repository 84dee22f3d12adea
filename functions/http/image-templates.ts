import { deleteTemplate } from '../../shared/commands/delete-template.ts';
import { healTemplate } from '../../shared/commands/template-operation.ts';
import { healRun } from '../../shared/commands/run-claim.ts';
import { findTemplate } from '../../shared/commands/find-template.ts';
import { patchTemplate } from '../../shared/commands/patch-template.ts';
import { type Submitted, submitTemplate } from '../../shared/commands/submit-template.ts';
import { isUnchanged } from '../../shared/commands/conditions.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { invalid } from '../../shared/errors/invalid.ts';
import type { TemplateHead } from '../../shared/model/documents/documents.ts';
import type { Stored, TemplateScope } from '../../shared/ports/store.ts';
import { isGroupName, isGuid } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { project } from '../../shared/template/project.ts';
import { assertHome, assertListed } from './home.ts';
import { readJson } from './body.ts';
import {
  conditionsOf,
  type Exchange,
  isVisible,
  PROVIDER,
  refOf,
  type Route,
  TEMPLATE,
  validRefOf,
  type Reply,
} from './exchange.ts';
import { nextLink, pageOf, tagFilterOf, type Paged } from './paging.ts';
import { allWithProgress, withProgress } from './progress.ts';
import { accepted, list, operationHeaders, template } from './reply.ts';

async function putTemplate(exchange: Exchange): Promise<Reply> {
  const { version, commands } = exchange;
  const parsed = parseTemplate(await readJson(exchange), version, refOf(exchange), commands.urls);
  if (!parsed.ok) throw invalid(parsed.failures, parsed.more);
  await assertHome(exchange, parsed.template.ref);
  const { createOnly } = exchange;
  const submission = { ...parsed, version, conditions: conditionsOf(exchange), createOnly };
  return submitted(exchange, await submitTemplate(commands, submission));
}

/** Unlike the real service, which takes four things only by PATCH, this is the small way to a new revision. */
async function patchTemplateRequest(exchange: Exchange): Promise<Reply> {
  const { version, commands } = exchange;
  const conditions = conditionsOf(exchange);
  const patch = { ref: validRefOf(exchange), body: await readJson(exchange), version, conditions };
  return submitted(exchange, await patchTemplate(commands, patch));
}

async function submitted(
  exchange: Exchange,
  { head, etag, created, operationId }: Submitted,
): Promise<Reply> {
  const headers = operationId === undefined ? {} : operationHeaders(exchange, head, operationId);
  const shown = await withProgress(exchange.commands.store, head);
  return template(exchange, shown, etag, { status: created ? 201 : 200, headers });
}

async function getTemplate(exchange: Exchange): Promise<Reply> {
  const { value, etag } = await readHealed(exchange);
  // A run that goes on changes what is shown, and not the template.
  if (value.activeRun === undefined && isUnchanged(etag, conditionsOf(exchange)))
    return { status: 304, headers: { etag } };
  return template(exchange, await withProgress(exchange.commands.store, value), etag);
}

async function removeTemplate(exchange: Exchange): Promise<Reply> {
  const started = await deleteTemplate(exchange.commands, validRefOf(exchange), conditionsOf(exchange));
  return started === undefined ? { status: 204 } : accepted(exchange, started.head, started.operationId);
}

/** What a team has fits. */
const TEMPLATE_PAGE: Paged = { most: 1000, what: 'templates' };

/** A page may be shorter than `$top` when a filter takes templates out of it. What the caller may not see is not read. */
async function listTemplates(exchange: Exchange): Promise<Reply> {
  const { request, params, version, commands } = exchange;
  const scope = scopeOf(params);
  const isWanted = tagFilterOf(request);
  const range = {
    ...pageOf(request, TEMPLATE_PAGE),
    isWanted: (ref: TemplateRef) => isVisible(exchange, ref),
  };
  const { heads, last } = await commands.store.templates.page(scope, range);
  if (heads.length === 0) await assertListed(exchange, scope);
  const shown = (await allWithProgress(commands.store, heads)).map((head) => project(head, version));
  const wanted = shown.filter(({ tags }) => isWanted(tags));
  return list(wanted, last === undefined ? undefined : nextLink(request, last));
}

/** Throws `ResourceNotFound` for a subscription or group that cannot exist: an empty list would hide the typing error. */
export function scopeOf({ subscriptionId = '', resourceGroup }: Exchange['params']): TemplateScope {
  const isValid = isGuid(subscriptionId) && (resourceGroup === undefined || isGroupName(resourceGroup));
  if (isValid) return { subscriptionId, ...(resourceGroup !== undefined && { resourceGroup }) };
  const bad = isGuid(subscriptionId)
    ? `resource group "${resourceGroup}"`
    : `subscription "${subscriptionId}"`;
  throw new KilnError({ code: 'ResourceNotFound', message: `There is no ${bad}.` });
}

/** The template; its reader starts what a process that died in between had left unstarted. */
export async function readHealed(exchange: Exchange): Promise<Stored<TemplateHead>> {
  const { commands } = exchange;
  const ref = validRefOf(exchange);
  const found = await findTemplate(commands.store, ref);
  await healTemplate(commands, found.value);
  const claim = await healRun(commands, found.value);
  return claim === 'released' ? ((await commands.store.templates.get(ref)) ?? found) : found;
}

const COLLECTION = `${PROVIDER}/imageTemplates`;

export const imageTemplateRoutes: readonly Route[] = [
  {
    name: 'list-templates-of-subscription',
    method: 'GET',
    path: `subscriptions/{subscriptionId}/${COLLECTION}`,
    role: 'Reader',
    handle: listTemplates,
  },
  {
    name: 'list-templates-of-group',
    method: 'GET',
    path: `subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${COLLECTION}`,
    role: 'Reader',
    handle: listTemplates,
  },
  { name: 'get-template', method: 'GET', path: TEMPLATE, role: 'Reader', handle: getTemplate },
  { name: 'put-template', method: 'PUT', path: TEMPLATE, role: 'Builder', handle: putTemplate },
  { name: 'patch-template', method: 'PATCH', path: TEMPLATE, role: 'Builder', handle: patchTemplateRequest },
  { name: 'delete-template', method: 'DELETE', path: TEMPLATE, role: 'Admin', handle: removeTemplate },
];
