import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';
import { at, parseJson } from '../../../shared/azure/answer.ts';
import { createAzure } from '../../../shared/azure/index.ts';
import type { Azure } from '../../../shared/ports/azure.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Failure } from '../../../shared/errors/failure.ts';

/** A resource manager that answers what a test tells it to and remembers what it was asked. */

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/staging`;

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
};

export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type StandIn = {
  readonly base: string;
  readonly received: Received[];
  readonly azure: Azure;
  /** `PUT /subscriptions/…` of everything that was asked for. */
  calls(): string[];
  /** Before the end of the test that it was started in. */
  close(): Promise<void>;
};

export const credential = {
  getToken: () => Promise.resolve({ token: 'secret-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
};

/** Starts on a free port, until the test has ended; `answer` may use `base` for absolute URLs. Throwing in it breaks the connection. */
export async function standIn(
  answer: (request: Received, base: string) => Reply | undefined,
  options: { readonly correlationId?: string } = {},
): Promise<StandIn> {
  const received: Received[] = [];
  let base = '';
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', base);
    const one: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      url: request.url ?? '',
      headers: request.headers,
      body: parseJson(await text(request)),
    };
    received.push(one);
    const reply = answer(one, base) ?? { status: 404, body: error('ResourceNotFound', `No ${one.path}.`) };
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((thrown: unknown) => response.destroy(thrown as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const azure = createAzure({ endpoint: base, credential, subscriptionId: SUBSCRIPTION, ...options });
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  after(close);
  return {
    base,
    received,
    azure,
    calls: () => received.map(({ method, path }) => `${method} ${path}`),
    close,
  };
}

/** A value inside JSON by its dotted path, `properties.subnets.0.name`. */
export function pick(value: unknown, path: string): unknown {
  return at(value, ...path.split('.'));
}

export function error(code: string, message: string, more: object = {}): unknown {
  return { error: { code, message, ...more } };
}

/** The failure that a promise ends with; fails the test when it succeeds or throws anything else. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof KilnError) return thrown.failure;
    throw thrown;
  }
  throw new Error('It should have failed.');
}
