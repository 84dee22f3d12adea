import { actorOf } from '../../shared/access/principal.ts';
import { placeOf } from '../../shared/build/slots.ts';
import { cancelRun } from '../../shared/commands/cancel-run.ts';
import { refuseWhileDrained } from '../../shared/commands/drain.ts';
import { startRun } from '../../shared/commands/start-run.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Run } from '../../shared/store/documents.ts';
import { toldError, toldResults } from '../../shared/store/told-run.ts';
import { readHealed } from './image-templates.ts';
import { type Exchange, type Route, runIdOf, TEMPLATE, validRefOf, type Reply } from './exchange.ts';
import { accepted, json, list } from './reply.ts';

async function postRun(exchange: Exchange): Promise<Reply> {
  await refuseWhileDrained(exchange.commands);
  const { runId, head } = await startRun(exchange.commands, validRefOf(exchange), 'request');
  return accepted(exchange, head, runId.toUpperCase());
}

async function postCancel(exchange: Exchange): Promise<Reply> {
  const started = await cancelRun(exchange.commands, validRefOf(exchange));
  return started === undefined ? { status: 204 } : accepted(exchange, started.head, started.operationId);
}

async function listRuns(exchange: Exchange): Promise<Reply> {
  const { value: head } = await readHealed(exchange);
  const runs = await exchange.commands.store.runs.list(head.ref);
  return list(await Promise.all(runs.map((run) => show(exchange, run))));
}

async function getRun(exchange: Exchange): Promise<Reply> {
  return json(await show(exchange, await findRun(exchange)));
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

async function findRun(exchange: Exchange): Promise<Run> {
  const id = runIdOf(exchange);
  const run = await exchange.commands.store.runs.get(validRefOf(exchange), id);
  if (run !== undefined) return run;
  throw new KilnError({ code: 'ResourceNotFound', message: `The template has no run ${id}.` });
}

/** One that waits for others to end says where it stands. */
async function show({ commands }: Exchange, stored: Run): Promise<object> {
  const { schema: _schema, ref: _ref, earlierEnds: _ends, requestedBy, canceledBy, ...known } = stored;
  const { diskReader: _reader, replacing: _replacing, ...found } = known;
  const run = {
    ...toldError(found),
    outputs: found.outputs.map(toldResults),
    ...(requestedBy && { requestedBy: actorOf(requestedBy) }),
    ...(canceledBy && { canceledBy: actorOf(canceledBy) }),
  };
  if (run.subState !== 'Queued') return run;
  const slots = (await commands.store.slots.get())?.value;
  const position = slots && placeOf(slots, run.id);
  return { ...run, ...(position !== undefined && { position }) };
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
