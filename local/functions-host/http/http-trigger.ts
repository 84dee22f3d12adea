import type { ServerResponse } from 'node:http';
import { handleDurableRequest } from '../../durable/http/api.ts';
import { rpcPath, webhookPath, type Webhooks } from '../../durable/http/client-binding.ts';
import type { DurableEngine } from '../../durable/engine.ts';
import type { Worker } from '../../durable/worker.ts';
import type { AppFunction } from '../app.ts';
import type { Invoker } from '../invoker.ts';
import { hasKey, type HostKeys } from '../keys.ts';
import type { Log } from '../log.ts';
import type { TriggerKind } from '../trigger-kind.ts';
import { sendHttpData, toHttpData } from './messages.ts';
import { RouteTable, type Route } from './routes.ts';
import { endEmpty, type Exchange, type HttpListener } from './server.ts';

export type HttpTriggerOptions = {
  readonly listener: HttpListener;
  readonly invoker: Invoker;
  readonly engine: DurableEngine;
  readonly worker: Worker;
  readonly webhooks: Webhooks;
  readonly keys: HostKeys;
  readonly routePrefix: string;
  /** Whether `/` says nothing: the setting AzureWebJobsDisableHomepage. */
  readonly homepage: boolean;
  readonly log: Log;
};

type Target = AppFunction | 'disabled';

/** HTTP functions under their routes, and before them the paths of the host and of the Durable extension. */
export class HttpTrigger implements TriggerKind {
  readonly types = ['httptrigger'];
  readonly #options: HttpTriggerOptions;
  #routes = new RouteTable<Target>([]);

  constructor(options: HttpTriggerOptions) {
    this.#options = options;
  }

  prepare(functions: readonly AppFunction[], disabled: readonly AppFunction[]): void {
    this.#routes = new RouteTable<Target>([
      ...functions.map((one) => ({ ...this.#route(one), target: one })),
      // It keeps its route, so that no other function answers in its place.
      ...disabled.map((one) => ({ ...this.#route(one), target: 'disabled' as const })),
    ]);
  }

  #route({ name, trigger }: AppFunction): Omit<Route<Target>, 'target'> {
    const { route, methods } = trigger;
    const template = [this.#options.routePrefix, typeof route === 'string' ? route : name]
      .filter(Boolean)
      .join('/');
    const list = Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [];
    return { name, template, methods: list };
  }

  start(): void {
    this.#options.listener.serve((exchange) => this.#answer(exchange));
  }

  stop(): void {
    this.#options.listener.serve(async ({ response }) => endEmpty(response, 503));
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { response, url, path, request } = exchange;
    const { keys, webhooks } = this.#options;
    const rpc = rpcPath(url.pathname, webhooks.key);
    if (rpc !== undefined) return this.#answerDurable(exchange, rpc);
    const webhook = webhookPath(url.pathname);
    const header = request.headersDistinct['x-functions-key']?.[0];
    const opens = (...some: string[]): boolean => hasKey({ header, query: url.searchParams }, some);
    if (webhook !== undefined)
      return opens(keys.durable, keys.master) ? this.#answerDurable(exchange, webhook) : denyAccess(response);
    if (/^\/admin(\/|$)/i.test(path)) return this.#answerAdmin(exchange, opens(keys.master));
    if (path === '/' && this.#options.homepage) return answerHomepage(response);
    return this.#run(exchange);
  }

  async #run({ request, response, url, path, body }: Exchange): Promise<void> {
    const match = this.#routes.match(request.method ?? 'GET', path);
    if (!match || match.target === 'disabled') return endEmpty(response, 404);
    const { target, params } = match;
    const data = { http: toHttpData(request, url, params, body) };
    try {
      const { response: answer } = await this.#options.invoker.run(target, data);
      sendHttpData(response, answer.returnValue?.http);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log('error', target.name, text);
      endEmpty(response, 500);
    }
  }

  /** The management API of the host: only what a probe needs, and the death of the worker, which no other host does at a word. */
  #answerAdmin({ response, request, path, url }: Exchange, mayManage: boolean): void {
    if (/^\/admin\/host\/ping$/i.test(path))
      endEmpty(response, 200, { 'cache-control': 'no-store,no-cache', pragma: 'no-cache' });
    else if (!mayManage) denyAccess(response);
    else if (request.method === 'POST' && path === '/admin/local/worker-death') {
      this.#options.worker.die(Number(url.searchParams.get('down') ?? 0));
      endEmpty(response, 202);
    } else endEmpty(response, 404);
  }

  #answerDurable({ request, response, url, body }: Exchange, path: string): void {
    const { engine, webhooks } = this.#options;
    const answer = handleDurableRequest(engine, webhooks, {
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      contentType: request.headers['content-type'] ?? '',
      continuationToken: String(request.headers['x-ms-continuation-token'] ?? ''),
      body: body.toString(),
    });
    const hasBody = answer.body !== undefined;
    const type = hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {};
    response.writeHead(answer.status, { ...type, ...answer.headers });
    response.end(hasBody ? JSON.stringify(answer.body) : undefined);
  }
}

function denyAccess(response: ServerResponse): void {
  endEmpty(response, 401, { 'www-authenticate': 'Bearer' });
}

/** The real page is a picture of 150 KB. */
function answerHomepage(response: ServerResponse): void {
  const page = Buffer.from(
    '<!DOCTYPE html><title>Functions host</title>Your Functions host is up and running.\n',
  );
  response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length }).end(page);
}
