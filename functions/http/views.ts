import { actorOf } from '../../shared/model/principal.ts';
import { ACTIONS, type Action, may } from '../../shared/access/policy.ts';
import { placeOf } from '../../shared/planning/slots.ts';
import { isOver } from '../../shared/model/documents/run.ts';
import { familyOf } from '../../shared/refresh/family.ts';
import { told } from '../../shared/errors/told.ts';
import { inOrder } from '../../shared/requests/line.ts';
import type { BuildRequest, Run, TemplateHead } from '../../shared/model/documents/documents.ts';
import { templateId } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import { project } from '../../shared/template/project.ts';
import { VERSION } from '../../shared/version.ts';
import type { Overview, Seen } from '../../shared/views/overview.ts';
import { gatesOf, spansOf } from '../../shared/views/spans.ts';
import { type Role, ROLES } from './access.ts';
import { showDrain } from './drain.ts';
import { answerAlike } from './watched.ts';
import { baseUrlOf } from './base-url.ts';
import {
  type Exchange,
  isVisible,
  PROVIDER,
  type Reply,
  type Route,
  runIdOf,
  TEMPLATE,
  validRefOf,
} from './exchange.ts';
import { pageOf, nextLink, type Paged } from './paging.ts';
import { showRequest } from './requests.ts';
import { showRunAt } from './runs.ts';
import { showTrigger } from './triggers.ts';

/** Everything that runs, waits, has failed since yesterday or needs somebody, of all templates that the caller may read. */
async function getOverview(exchange: Exchange): Promise<Reply> {
  const { views, caller } = exchange;
  const [overview, role] = await Promise.all([views.overview(), exchange.roleOfCaller()]);
  const own = { caller: { ...actorOf(caller), role } };
  return answerAlike(exchange, { of: [overview], own }, () => {
    const seen = overview.templates.filter(({ head }) => isVisible(exchange, head.ref));
    const { active, waiting } = overview.slots;
    const body = {
      version: VERSION,
      drain: showDrain(overview.drain),
      places: { taken: active.length, waiting: waiting.length, limits: views.limits },
      templates: seen.map((one) => showSeen(exchange, one, { role, overview })),
    };
    const isLive = seen.some(({ head }) => head.activeRun !== undefined || (head.line ?? []).length > 0);
    return { body, isLive };
  });
}

type Looking = { readonly role: Role; readonly overview: Overview };

function showSeen(exchange: Exchange, seen: Seen, { role, overview }: Looking): object {
  const { head, run, timeline, requests } = seen;
  const position = run && placeOf(overview.slots, run.id);
  const isLive = run !== undefined && !isOver(run);
  return {
    ...showHead(exchange, head, role),
    ...(run && { run: showRunAt(run, position) }),
    ...(isLive && { spans: spansOf(timeline, run), gates: gatesOf(timeline, run) }),
    requests: lineOf(exchange, head, requests),
  };
}

/** Requests that wait for a template, the next one first. */
function lineOf({ commands }: Exchange, head: TemplateHead, requests: readonly BuildRequest[]): object[] {
  const now = commands.now();
  const line = inOrder(head.line ?? [], now).flatMap(({ id }) => requests.find((one) => one.id === id) ?? []);
  return line.map((request) => showRequest(request, head, now));
}

function showHead(exchange: Exchange, head: TemplateHead, role: Role): object {
  const { ref, revision, provisioningState, provisioningError, lastRun, refreshDisabled, failures } = head;
  const { location } = project(head, exchange.version);
  return {
    id: templateId(ref),
    ...ref,
    location,
    revision,
    provisioningState,
    ...(provisioningError && { provisioningError: told(provisioningError) }),
    ...(lastRun && { newestRun: lastRun }),
    ...(refreshDisabled && { refreshDisabled }),
    ...(failures !== undefined && { failures }),
    changedAt: head.changedAt,
    may: rightsOf(exchange, ref, role),
  };
}

const NEEDED: Readonly<Record<Action, Role>> = {
  read: 'Reader',
  run: 'Builder',
  write: 'Builder',
  approve: 'Builder',
  admin: 'Admin',
};

/** What a page may offer; the operation itself decides once more. */
function rightsOf({ commands, caller }: Exchange, ref: TemplateRef, role: Role): Action[] {
  const { policy } = commands.gate;
  return ACTIONS.filter(
    (action) =>
      ROLES.indexOf(role) >= ROLES.indexOf(NEEDED[action]) && may(policy, caller, action, templateId(ref)),
  );
}

/** A run with its bars, gates, notes, logs and what is usual for it. */
async function getRunView(exchange: Exchange): Promise<Reply> {
  const look = await exchange.views.runs.run(validRefOf(exchange), runIdOf(exchange));
  const role = await exchange.roleOfCaller();
  return answerAlike(exchange, { of: [look] }, () => {
    const { head, view, position } = look;
    const { run } = view;
    const isLive = !isOver(run) || run.cleanup === undefined || head.activeRun === run.id;
    const template = showHead(exchange, head, role);
    return { body: { ...view, run: showRunAt(run, position), template }, isLive };
  });
}

const GRID: Paged = { most: 100, usual: 30, what: 'runs' };

/** A template with its runs and their bars, triggers, decisions of the refresh timer, and requests in line. */
async function getTemplateView(exchange: Exchange): Promise<Reply> {
  const { request, version, views } = exchange;
  const [look, overview, role] = await Promise.all([
    views.template(validRefOf(exchange), pageOf(request, GRID)),
    views.overview(),
    exchange.roleOfCaller(),
  ]);
  // The link to the next page has the address that the caller knows.
  return answerAlike(exchange, { of: [look, overview], key: `${request.url} ${baseUrlOf(request)}` }, () => {
    const { head, page, triggers, decisions, requests } = look;
    const body = {
      ...showHead(exchange, head, role),
      template: project(head, version),
      runs: page.runs.map(({ run, spans }) => ({
        ...showRunAt(run, placeInLine(run, overview)),
        spans,
      })),
      ...(page.last !== undefined && { nextLink: nextLink(request, page.last) }),
      triggers: triggers.map(showTrigger),
      decisions,
      requests: lineOf(exchange, head, requests),
      family: familyIn(exchange, head, overview),
    };
    return { body, isLive: head.activeRun !== undefined || (head.line ?? []).length > 0 };
  });
}

function placeInLine({ id, subState }: Run, { slots }: Overview): number | undefined {
  return subState === 'Queued' ? placeOf(slots, id) : undefined;
}

/** What the template is made from and what is made from it, as far as the caller may see it. */
function familyIn(exchange: Exchange, head: TemplateHead, { templates }: Overview): object[] {
  const heads = templates.map((seen) => seen.head).filter(({ ref }) => isVisible(exchange, ref));
  return familyOf(head, heads).map(({ head: { ref, lastRun }, id, parents, isBehind }) => ({
    ...{ id, ...ref, parents, isBehind },
    ...(lastRun && { newestRun: lastRun }),
  }));
}

const extension = { method: 'GET', role: 'Reader', extension: true } as const;

export const viewRoutes: readonly Route[] = [
  { name: 'get-overview', path: `${PROVIDER}/overview`, handle: getOverview, ...extension },
  { name: 'get-template-view', path: `${TEMPLATE}/view`, handle: getTemplateView, ...extension },
  { name: 'get-run-view', path: `${TEMPLATE}/runs/{runId}/view`, handle: getRunView, ...extension },
];
