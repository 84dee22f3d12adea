import { actorOf } from '../../shared/model/principal.ts';
import { placeOf } from '../../shared/planning/slots.ts';
import { cancelRun } from '../../shared/commands/cancel-run.ts';
import { refuseWhileDrained } from '../../shared/commands/drain.ts';
import { startRun } from '../../shared/commands/start-run.ts';
import { findRun as findStored } from '../../shared/views/runs.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { toldError, toldResults } from '../../shared/model/documents/told-run.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { show } from '../../shared/template/show.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { readJson } from './body.ts';
import { parameter } from './query.ts';
import { readHealed } from './image-templates.ts';
import { type Exchange, type Route, runIdOf, TEMPLATE, validRefOf, type Reply } from './exchange.ts';
import { nextLink, pageOf } from './paging.ts';
import { accepted, json, list } from './reply.ts';

async function postRun(exchange: Exchange): Promise<Reply> {
  await refuseWhileDrained(exchange.commands);
  const ref = validRefOf(exchange);
  const wish = await wishOf(exchange);
  const { runId, head } = await startRun(exchange.commands, ref, 'request', wish);
  return accepted(exchange, head, runId.toUpperCase());
}

/** In our own api-version the query or the body may say `noCache`; what official clients send with it was never read. */
async function wishOf(exchange: Exchange): Promise<{ noCache?: true }> {
  if (exchange.version !== NEWEST) return {};
  const asked = parameter(exchange.request, 'noCache') ?? (await inBody(exchange));
  if (asked === undefined || asked === 'false' || asked === false) return {};
  if (asked === 'true' || asked === true) return { noCache: true };
  const message = `noCache is ${show(asked)}; write true or false.`;
  throw new KilnError({ code: 'InvalidValue', target: '/noCache', message });
}

async function inBody(exchange: Exchange): Promise<unknown> {
  if (Number(exchange.request.headers.get('content-length') ?? 0) === 0) return undefined;
  const body = await readJson(exchange);
  return isObject(body) ? body['noCache'] : undefined;
}

async function postCancel(exchange: Exchange): Promise<Reply> {
  const started = await cancelRun(exchange.commands, validRefOf(exchange));
  return started === undefined ? { status: 204 } : accepted(exchange, started.head, started.operationId);
}

const RUN_PAGE = { most: 100, what: 'runs' };

async function listRuns(exchange: Exchange): Promise<Reply> {
  const { value: head } = await readHealed(exchange);
  const { commands, request } = exchange;
  const { runs, last } = await commands.store.runs.page(head.ref, pageOf(request, RUN_PAGE));
  const shown = await Promise.all(runs.map((run) => showRun(exchange, run)));
  return list(shown, last === undefined ? undefined : nextLink(request, last));
}

async function getRun(exchange: Exchange): Promise<Reply> {
  return json(await showRun(exchange, await findRun(exchange)));
}

async function getTimeline(exchange: Exchange): Promise<Reply> {
  const { ref, id } = await findRun(exchange);
  return list(await exchange.commands.store.timeline.read(ref, id));
}

async function listLogs(exchange: Exchange): Promise<Reply> {
  const { ref, id } = await findRun(exchange);
  return list(await exchange.commands.store.logs.list(ref, id));
}

/** Bytes from `offset`; the next request asks from `x-kiln-next-offset`. Empty: nothing new yet. */
async function readLog(exchange: Exchange): Promise<Reply> {
  const { request, params, commands } = exchange;
  const offset = Number(request.query.get('offset') ?? 0);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new KilnError({
      code: 'InvalidValue',
      target: 'offset',
      message: `offset is "${request.query.get('offset') ?? ''}"; write a number of bytes, from 0.`,
    });
  const { ref, id } = await findRun(exchange);
  const body = await commands.store.logs.read(ref, id, params['log'] ?? '', offset);
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-kiln-next-offset': String(offset + body.length),
  };
  return { status: 200, body, headers };
}

export function findRun(exchange: Exchange): Promise<Run> {
  return findStored(exchange.commands.store, validRefOf(exchange), runIdOf(exchange));
}

/** One that waits for others to end says where it stands. */
export async function showRun({ commands }: Pick<Exchange, 'commands'>, stored: Run): Promise<object> {
  const slots = stored.subState === 'Queued' ? (await commands.store.slots.get())?.value : undefined;
  return showRunAt(stored, slots && placeOf(slots, stored.id));
}

/** `position`: of a run that waits for others to end. */
export function showRunAt(stored: Run, position?: number): object {
  const { schema: _schema, ref: _ref, earlierEnds: _ends, requestedBy, canceledBy, ...known } = stored;
  const { diskReader: _reader, replacing: _replacing, ...found } = known;
  return {
    ...toldError(found),
    outputs: found.outputs.map(toldResults),
    ...(requestedBy && { requestedBy: actorOf(requestedBy) }),
    ...(canceledBy && { canceledBy: actorOf(canceledBy) }),
    ...(position !== undefined && { position }),
  };
}

const RUN = `${TEMPLATE}/runs/{runId}`;
const extension = { method: 'GET', role: 'Reader', extension: true } as const;

export const runRoutes: readonly Route[] = [
  {
    name: 'run-template',
    method: 'POST',
    path: `${TEMPLATE}/run`,
    role: 'Builder',
    action: 'run',
    handle: postRun,
  },
  {
    name: 'cancel-run',
    method: 'POST',
    path: `${TEMPLATE}/cancel`,
    role: 'Builder',
    action: 'run',
    since: '2020-02-14',
    handle: postCancel,
  },
  { name: 'list-runs', path: `${TEMPLATE}/runs`, handle: listRuns, ...extension },
  { name: 'get-run', path: RUN, handle: getRun, ...extension },
  { name: 'get-timeline', path: `${RUN}/timeline`, handle: getTimeline, ...extension },
  { name: 'list-logs', path: `${RUN}/logs`, handle: listLogs, ...extension },
  { name: 'read-log', path: `${RUN}/logs/{log}`, handle: readLog, ...extension },
];
