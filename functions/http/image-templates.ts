import { deleteTemplate } from '../../shared/commands/delete-template.ts';
import { healTemplate } from '../../shared/commands/template-operation.ts';
import { healRun } from '../../shared/commands/run-claim.ts';
import { absent } from '../../shared/commands/start-run.ts';
import { submitTemplate } from '../../shared/commands/submit-template.ts';
import { invalid } from '../../shared/errors/invalid.ts';
import type { TemplateHead } from '../../shared/store/documents.ts';
import type { Stored } from '../../shared/store/store.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { project } from '../../shared/template/project.ts';
import { readJson } from './body.ts';
import {
  conditionsOf,
  type Exchange,
  PROVIDER,
  refOf,
  type Route,
  TEMPLATE,
  validRefOf,
  type Reply,
} from './exchange.ts';
import { accepted, list, operationHeaders, template } from './reply.ts';

async function putTemplate(exchange: Exchange): Promise<Reply> {
  const { request, version, commands } = exchange;
  const parsed = parseTemplate(await readJson(request), version, refOf(exchange), commands.urls);
  if (!parsed.ok) throw invalid(parsed.failures);
  const submission = { ...parsed, version, conditions: conditionsOf(exchange) };
  const { head, etag, created, operationId } = await submitTemplate(commands, submission);
  const headers = operationId === undefined ? {} : operationHeaders(exchange, head, operationId);
  return template(exchange, head, etag, { status: created ? 201 : 200, headers });
}

async function getTemplate(exchange: Exchange): Promise<Reply> {
  const { value, etag } = await readHealed(exchange);
  return template(exchange, value, etag);
}

async function removeTemplate(exchange: Exchange): Promise<Reply> {
  const started = await deleteTemplate(exchange.commands, validRefOf(exchange), conditionsOf(exchange));
  return started === undefined ? { status: 204 } : accepted(exchange, started.head, started.operationId);
}

async function listTemplates({ params, version, commands }: Exchange): Promise<Reply> {
  const { subscriptionId = '', resourceGroup } = params;
  const scope = resourceGroup === undefined ? { subscriptionId } : { subscriptionId, resourceGroup };
  const heads = await commands.store.templates.list(scope);
  return list(heads.map((head) => project(head, version)));
}

/** The template; its reader starts what a process that died in between had left unstarted. */
export async function readHealed(exchange: Exchange): Promise<Stored<TemplateHead>> {
  const { commands } = exchange;
  const ref = validRefOf(exchange);
  const found = await commands.store.templates.get(ref);
  if (found === undefined) throw absent(ref);
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
  { name: 'delete-template', method: 'DELETE', path: TEMPLATE, role: 'Admin', handle: removeTemplate },
];
