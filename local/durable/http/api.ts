import { RefusedStart, type DurableEngine } from '../engine.ts';
import { EventType, type EventBody } from '../events.ts';
import { FINISHED, isFinished, type Instance } from '../instance.ts';
import { ANY, type InstanceFilter } from '../store/store.ts';
import { managementUrls, type Webhooks } from './client-binding.ts';
import { historyBody, statusBody } from './status.ts';

export type ApiRequest = {
  readonly method: string;
  /** Behind the prefix, see `webhookPath`; still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  /** The header x-ms-continuation-token of a list request; empty for the first page. */
  readonly continuationToken: string;
  readonly body: string;
};

export type ApiAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Serialised as JSON; left out: no body. */
  readonly body?: unknown;
};

type Context = { readonly engine: DurableEngine; readonly webhooks: Webhooks; readonly request: ApiRequest };

/**
 * The HTTP API of the Durable extension, the same for DurableClient (rpcBaseUrl) and for webhooks.
 * https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api
 */
export function handleDurableRequest(
  engine: DurableEngine,
  webhooks: Webhooks,
  request: ApiRequest,
): ApiAnswer {
  const context = { engine, webhooks, request };
  const segments = decodePath(request.path);
  if (segments === undefined) return problem(400, 'The path is not a sequence of percent-encoded names.');
  const [collection, first, second, third] = segments;
  if (collection === 'entities')
    return problem(
      501,
      'KILN-HOST-NO-ENTITIES: the local host runs no durable entities. Keep state in blobs.',
    );
  if (collection === 'orchestrators' && first && request.method === 'POST')
    return startNew(context, first, second);
  if (collection !== 'instances') return { status: 404 };
  if (!first) return onInstances(context);
  const instance = engine.find(first);
  if (!instance) return { status: 404 };
  if (second) return request.method === 'POST' ? command(context, instance, second, third) : { status: 404 };
  if (request.method === 'GET') return status(context, instance);
  if (request.method === 'DELETE')
    return { status: 200, body: { instancesDeleted: engine.purge(instance.id) } };
  return { status: 404 };
}

function decodePath(path: string): string[] | undefined {
  try {
    return path.replace(/\/+$/, '').split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function problem(status: number, message: string): ApiAnswer {
  return { status, body: { message } };
}

function flag(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const value = query.get(name);
  return value === null ? fallback : value.toLowerCase() === 'true';
}

/** The JSON body, or undefined when the request has none. Throws SyntaxError. */
function jsonBody(request: ApiRequest): unknown {
  return request.body === '' ? undefined : JSON.parse(request.body);
}

function startNew(context: Context, name: string, id: string | undefined): ApiAnswer {
  const version = context.request.query.get('version');
  try {
    const input = jsonBody(context.request);
    return started(context, {
      name,
      input,
      ...(id === undefined ? {} : { id }),
      ...(version === null ? {} : { version }),
    });
  } catch (error) {
    if (error instanceof SyntaxError) return problem(400, 'Invalid JSON content');
    throw error;
  }
}

function started(context: Context, request: Parameters<DurableEngine['startNew']>[0]): ApiAnswer {
  try {
    const id = context.engine.startNew(request);
    const links = managementUrls(context.webhooks, encodeURIComponent(id));
    const headers = { Location: links['statusQueryGetUri'] ?? '', 'Retry-After': '10' };
    return { status: 202, headers, body: { id, ...links } };
  } catch (error) {
    if (error instanceof RefusedStart) return problem(error.status, error.message);
    throw error;
  }
}

function status({ engine, request, webhooks }: Context, instance: Instance): ApiAnswer {
  const { query } = request;
  const body = statusBody(instance, flag(query, 'showInput', true));
  if (flag(query, 'showHistory', false))
    body['historyEvents'] = historyBody(engine.history(instance.id), flag(query, 'showHistoryOutput', false));
  if (isFinished(instance)) {
    const asError = flag(query, 'returnInternalServerErrorOnFailure', false);
    return { status: asError && instance.status === 'Failed' ? 500 : 200, body };
  }
  const Location = `${webhooks.origin}/runtime/webhooks/durabletask/instances/${encodeURIComponent(instance.id)}?${query.toString()}`;
  return { status: 202, headers: { Location, 'Retry-After': '5' }, body };
}

function filterOf({ query }: ApiRequest): InstanceFilter {
  const time = (name: string, fallback: number): number =>
    query.has(name) ? Date.parse(query.get(name) ?? '') : fallback;
  return {
    statuses: query
      .getAll('runtimeStatus')
      .flatMap((list) => list.split(','))
      .filter(Boolean),
    from: time('createdTimeFrom', ANY.from),
    to: time('createdTimeTo', ANY.to),
    prefix: query.get('instanceIdPrefix') ?? '',
  };
}

function onInstances({ engine, request }: Context): ApiAnswer {
  const filter = filterOf(request);
  if (request.method === 'GET') return page(engine, request, filter);
  if (request.method !== 'DELETE') return { status: 404 };
  if (!request.query.get('createdTimeFrom'))
    return problem(400, "Please provide value for 'createdTimeFrom' parameter.");
  const wanted =
    filter.statuses.length === 0 ? FINISHED : filter.statuses.filter((one) => FINISHED.includes(one));
  const instancesDeleted = wanted.length === 0 ? 0 : engine.purgeAll({ ...filter, statuses: wanted });
  return instancesDeleted === 0 ? { status: 404 } : { status: 200, body: { instancesDeleted } };
}

/** The continuation token is the number of instances that were listed before. */
function page(engine: DurableEngine, request: ApiRequest, filter: InstanceFilter): ApiAnswer {
  const offset = Number(request.continuationToken);
  const top = Number(request.query.get('top') ?? 100);
  const found = engine.list(filter, { offset, limit: top + 1 });
  const showInput = flag(request.query, 'showInput', false);
  const body = found.slice(0, top).map((instance) => statusBody(instance, showInput));
  const headers: Record<string, string> =
    found.length > top ? { 'x-ms-continuation-token': String(offset + top) } : {};
  return { status: 200, headers, body };
}

function command(context: Context, instance: Instance, verb: string, event: string | undefined): ApiAnswer {
  const Reason = context.request.query.get('reason') ?? '';
  switch (verb.toLowerCase()) {
    case 'raiseevent':
      return event ? raiseEvent(context, instance, event) : { status: 404 };
    case 'terminate':
      return send(context, instance, { EventType: EventType.ExecutionTerminated, Input: Reason });
    case 'suspend':
      return send(context, instance, { EventType: EventType.ExecutionSuspended, Reason });
    case 'resume':
      return send(context, instance, { EventType: EventType.ExecutionResumed, Reason });
    case 'restart':
      return restart(context, instance);
    case 'rewind':
      return rewind(context, instance, Reason);
    default:
      return { status: 404 };
  }
}

/** As the extension's HttpApiHandler: 410 for what ended well or was ended, 412 for what has not ended. */
function rewind({ engine }: Context, instance: Instance, reason: string): ApiAnswer {
  if (instance.status === 'Completed' || instance.status === 'Terminated') return { status: 410 };
  if (instance.status !== 'Failed')
    return problem(412, 'The rewind operation is only supported on failed orchestration instances.');
  engine.rewind(instance.id, reason);
  return { status: 202 };
}

function send({ engine }: Context, instance: Instance, event: EventBody): ApiAnswer {
  if (isFinished(instance)) return { status: 410 };
  engine.send(instance.id, event);
  return { status: 202 };
}

function raiseEvent(context: Context, instance: Instance, Name: string): ApiAnswer {
  const { request } = context;
  if (!/^application\/json/i.test(request.contentType))
    return problem(400, 'Only application/json request content is supported');
  try {
    const Input = JSON.stringify(jsonBody(request) ?? null);
    return send(context, instance, { EventType: EventType.EventRaised, Name, Input });
  } catch (error) {
    if (error instanceof SyntaxError) return problem(400, 'Invalid JSON content');
    throw error;
  }
}

function restart(context: Context, instance: Instance): ApiAnswer {
  const { name, version } = instance;
  const input: unknown = JSON.parse(instance.input);
  const isNew = flag(context.request.query, 'restartWithNewInstanceId', true);
  return started(context, { name, version, input, ...(isNew ? {} : { id: instance.id }) });
}
