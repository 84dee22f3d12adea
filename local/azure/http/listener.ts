import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { foreignRequest } from '../../loopback/foreign-request.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Incoming, Outcome, Pipeline } from './pipeline.ts';
import type { Recorder } from './recorder.ts';

/** ARM's own limit for a request body is 4 MiB; scripts of 256 KiB fit many times. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Forwards a request to the app when it is for the app's resource provider. True when it did. */
export type Forward = (request: IncomingMessage, response: ServerResponse) => boolean;

type Parts = {
  readonly pipeline: Pipeline;
  readonly recorder: Recorder;
  readonly forward: Forward;
  /** Origin of the app's page, which may ask for tokens as a page may that is registered with Entra ID, and for nothing else. */
  readonly page: string | undefined;
};

/** The request listener for an http or https server: reads, runs the pipeline, writes, records. */
export function createListener({ pipeline, recorder, forward, page }: Parts): RequestListener {
  return (request, response) => {
    const isSignIn = (request.url ?? '').startsWith('/adfs/');
    const foreign = foreignRequest(request, isSignIn ? page : undefined);
    if (foreign !== undefined) return refuse(response, foreign);
    if (forward(request, response)) return;
    if (isSignIn && page !== undefined && request.headers.origin === page)
      response.setHeader('Access-Control-Allow-Origin', page);
    void serve(request, response, { pipeline, recorder });
  };
}

function refuse(response: ServerResponse, message: string): void {
  const body = JSON.stringify({ error: { code: 'Forbidden', message } });
  response.writeHead(403, { 'Content-Type': 'application/json; charset=utf-8' }).end(body);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { pipeline, recorder }: { pipeline: Pipeline; recorder: Recorder },
): Promise<void> {
  const started = Date.now();
  const raw = await readBody(request);
  if (raw === undefined) return void response.writeHead(413).end();
  const incoming = toIncoming(request, raw);
  const outcome = await pipeline.run(incoming);
  const headers = toHeaders(request, outcome);
  const body = outcome.answer.body;
  const text = body === undefined ? undefined : JSON.stringify(body);
  response.writeHead(outcome.answer.status, headers);
  // A HEAD answer and a 204 have no body whatever the handler said.
  response.end(request.method === 'HEAD' || outcome.answer.status === 204 ? undefined : text);
  recorder.write({ incoming, outcome, headers, milliseconds: Date.now() - started });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array)) continue;
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Scheme and host as the client sees them. Host is required by HTTP/1.1; the socket's address stands in for it. */
export function baseOf(request: IncomingMessage): string {
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http';
  return `${scheme}://${request.headers.host ?? `127.0.0.1:${request.socket.localPort}`}`;
}

function toIncoming(request: IncomingMessage, raw: string): Incoming {
  const base = baseOf(request);
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  return {
    method: request.method ?? 'GET',
    path: path.replaceAll(/\/{2,}/g, '/'),
    query: lowerCaseNames(new URLSearchParams(query)),
    headers: request.headers,
    body: parseBody(raw, request.headers['content-type'] ?? ''),
    base,
  };
}

/** ARM reads `$Expand` and `$expand` alike. */
function lowerCaseNames(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...query].map(([name, value]): [string, string] => [name.toLowerCase(), value]),
  );
}

function parseBody(raw: string, contentType: string): JsonObject | undefined {
  if (raw.trim() === '') return {};
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(raw));
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toHeaders(request: IncomingMessage, { answer }: Outcome): Record<string, string> {
  const id = randomUUID();
  const correlation = request.headers['x-ms-correlation-request-id'];
  const client = request.headers['x-ms-client-request-id'];
  const headers: Record<string, string> = {
    'Cache-Control': 'no-cache',
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': typeof correlation === 'string' ? correlation : id,
    ...(typeof client === 'string' ? { 'x-ms-client-request-id': client } : {}),
    ...answer.headers,
  };
  if (answer.body !== undefined) headers['Content-Type'] = 'application/json; charset=utf-8';
  return headers;
}
