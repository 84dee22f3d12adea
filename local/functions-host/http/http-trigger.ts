import { handleDurableRequest } from '../../durable/http/api.ts';
import { durablePath } from '../../durable/http/client-binding.ts';
import type { DurableEngine } from '../../durable/engine.ts';
import type { AppFunction } from '../app.ts';
import type { Invoker } from '../invoker.ts';
import type { Log } from '../log.ts';
import type { TriggerKind } from '../trigger-kind.ts';
import { sendHttpData, toHttpData } from './messages.ts';
import { RouteTable } from './routes.ts';
import type { Exchange, HttpListener } from './server.ts';

export type HttpTriggerOptions = {
  readonly listener: HttpListener;
  readonly invoker: Invoker;
  readonly engine: DurableEngine;
  readonly hubName: string;
  readonly routePrefix: string;
  readonly log: Log;
};

/** HTTP functions under their routes, and before them the Durable extension's own paths. */
export class HttpTrigger implements TriggerKind {
  readonly types = ['httptrigger'];
  readonly #options: HttpTriggerOptions;
  #routes = new RouteTable<AppFunction>([]);

  constructor(options: HttpTriggerOptions) {
    this.#options = options;
  }

  prepare(functions: readonly AppFunction[]): void {
    const { routePrefix } = this.#options;
    this.#routes = new RouteTable(
      functions.map((target) => {
        const { route, methods } = target.trigger;
        const own = typeof route === 'string' ? route : target.name;
        const template = [routePrefix, own].filter(Boolean).join('/');
        const list = Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [];
        return { template, methods: list, target };
      }),
    );
  }

  start(): void {
    this.#options.listener.serve((exchange) => this.#answer(exchange));
  }

  stop(): void {
    this.#options.listener.serve(async ({ response }) => {
      response.writeHead(503).end();
    });
  }

  async #answer(exchange: Exchange): Promise<void> {
    const durable = durablePath(exchange.url.pathname);
    if (durable !== undefined) {
      this.#answerDurable(exchange, durable);
      return;
    }
    const { request, response, url, body } = exchange;
    const match = this.#routes.match(request.method ?? 'GET', url.pathname);
    if (!match) {
      response.writeHead(404).end();
      return;
    }
    const data = { http: toHttpData(request, url, match.params, body) };
    try {
      const { response: answer } = await this.#options.invoker.run(match.target, data);
      sendHttpData(response, answer.returnValue?.http);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log('error', match.target.name, text);
      response.writeHead(500).end();
    }
  }

  #answerDurable({ request, response, url, body }: Exchange, path: string): void {
    const { engine, hubName } = this.#options;
    const answer = handleDurableRequest(engine, hubName, {
      method: request.method ?? 'GET',
      path,
      query: url.searchParams,
      contentType: request.headers['content-type'] ?? '',
      continuationToken: String(request.headers['x-ms-continuation-token'] ?? ''),
      body: body.toString(),
      origin: url.origin,
    });
    const hasBody = answer.body !== undefined;
    const type = hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {};
    response.writeHead(answer.status, { ...type, ...answer.headers });
    response.end(hasBody ? JSON.stringify(answer.body) : undefined);
  }
}
