// A small Kiln at the wire: enough of the HTTP API to see what the command sends and how it takes the answers.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SUBSCRIPTION = '11111111-2222-4333-8444-555555555555';
export const RUN_ID = 'aaaaaaaa-0000-4000-8000-000000000001';
export const TOKEN = 'test-token';

type Json = Record<string, unknown>;

/** What the service knows at one moment. Each GET of the run moves on to the next stage; the last one stays. */
export type Stage = { run: Json; timeline?: Json[]; logs?: Record<string, string> };

export type Script = {
  stages: Stage[];
  /** Taken up by a cancel. */
  afterCancel?: Stage[];
  /** Answers the PUT of a template instead of 201. */
  refusal?: { status: number; body: Json };
  /** What a download gives. */
  blob?: Buffer;
  /** Breaks the first download after so many bytes. */
  breakAfter?: number;
};

export type Seen = { method: string; path: string; body: Buffer; authorization: string | undefined };

export class StandIn {
  readonly seen: Seen[] = [];
  readonly artifacts = new Map<string, Buffer>();
  template: Json | undefined;
  #stages: Stage[];
  #started = false;
  #operationPolls = 0;
  #broken = false;
  readonly #script: Script;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(script: Script) {
    this.#script = script;
    this.#stages = [...script.stages];
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  paths(method: string): string[] {
    return this.seen.filter((entry) => entry.method === method).map((entry) => entry.path);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', this.url);
    const method = request.method ?? '';
    this.seen.push({
      method,
      path: url.pathname + url.search,
      body,
      authorization: request.headers.authorization,
    });
    if (url.pathname === '/blob') return this.#blob(request, response);
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return send(response, 401, { error: { code: 'Unauthenticated', message: 'No valid token.' } });
    return this.#route(`${method} ${url.pathname}`, url, body, response);
  }

  #route(line: string, url: URL, body: Buffer, response: ServerResponse): void {
    const stage = this.#stages[0]!;
    if (/\/imageTemplates\/nosuch(\/|$)/.test(line))
      return send(response, 404, {
        error: { code: 'ResourceNotFound', message: 'No template nosuch.', remedy: 'Check the name.' },
      });
    if (/^DELETE .*\/imageTemplates\/[^/]+$/.test(line))
      return send(response, 202, undefined, { location: `${this.url}/operations/DELETE` });
    const artifact = /^PUT .*\/artifacts\/([0-9a-f]{64})$/.exec(line)?.[1];
    if (artifact !== undefined) return this.#putArtifact(artifact, body, response);
    if (/^PUT .*\/imageTemplates\/[^/]+$/.test(line)) return this.#putTemplate(body, response);
    if (/^GET .*\/operations\//.test(line)) return this.#operation(response);
    if (/^GET .*\/imageTemplates\/[^/]+$/.test(line))
      return send(response, 200, { ...this.template, properties: { provisioningState: 'Succeeded' } });
    if (/^GET .*\/imageTemplates$/.test(line))
      return send(response, 200, { value: [{ id: `${url.pathname}/web` }] });
    if (/^POST .*\/run$/.test(line)) {
      this.#started = true;
      return send(response, 202, undefined, { location: `${this.url}/operations/RUN` });
    }
    if (/^POST .*\/cancel$/.test(line)) return this.#cancel(response);
    if (line.endsWith('/overview')) return send(response, 200, this.#overview(stage));
    if (/^GET .*\/runs$/.test(line)) return send(response, 200, { value: this.#started ? [stage.run] : [] });
    if (/^GET .*\/timeline$/.test(line)) return send(response, 200, { value: stage.timeline ?? [] });
    if (/^GET .*\/logs$/.test(line)) return this.#logs(stage, response);
    if (/^GET .*\/logs\//.test(line)) return this.#log(stage, url, response);
    if (/^GET .*\/runs\/[^/]+$/.test(line)) return this.#run(response);
    if (/^POST .*\/download$/.test(line))
      return send(response, 200, { url: `${this.url}/blob?sig=do-not-print` });
    return send(response, 404, { error: { code: 'ResourceNotFound', message: `Nothing at ${line}.` } });
  }

  #overview({ run }: Stage): Json {
    const id = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
    return { templates: [{ ...id, ...(this.#started && { newestRun: run }) }] };
  }

  /** Runs exist before the command came, for commands that start none. */
  withRuns(): this {
    this.#started = true;
    return this;
  }

  #run(response: ServerResponse): void {
    if (this.#stages.length > 1) this.#stages.shift();
    send(response, 200, this.#stages[0]!.run);
  }

  #cancel(response: ServerResponse): void {
    const state = String(this.#stages[0]!.run['state']);
    if (!this.#started || !['Running', 'Canceling'].includes(state)) return send(response, 204);
    this.#stages = [...(this.#script.afterCancel ?? this.#stages)];
    send(response, 202, undefined, {
      'azure-asyncoperation': `${this.url}/operations/CANCEL`,
      'retry-after-ms': '5',
    });
  }

  #putArtifact(sha256: string, body: Buffer, response: ServerResponse): void {
    if (createHash('sha256').update(body).digest('hex') !== sha256)
      return send(response, 400, { error: { code: 'ChecksumMismatch', message: 'Other bytes.' } });
    this.artifacts.set(sha256, body);
    return send(response, 201, {});
  }

  #putTemplate(body: Buffer, response: ServerResponse): void {
    if (this.#script.refusal !== undefined)
      return send(response, this.#script.refusal.status, this.#script.refusal.body);
    this.template = JSON.parse(body.toString()) as Json;
    const headers = { 'azure-asyncoperation': `${this.url}/operations/PUT`, 'retry-after-ms': '5' };
    return send(response, 201, this.template, headers);
  }

  #operation(response: ServerResponse): void {
    this.#operationPolls += 1;
    const status = this.#operationPolls < 3 ? 'InProgress' : 'Succeeded';
    send(response, 200, { status }, { 'retry-after-ms': '5' });
  }

  #logs(stage: Stage, response: ServerResponse): void {
    const value = Object.entries(stage.logs ?? {}).map(([name, text]) => ({
      name,
      bytes: Buffer.byteLength(text),
    }));
    send(response, 200, { value });
  }

  #log(stage: Stage, url: URL, response: ServerResponse): void {
    const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const offset = Number(url.searchParams.get('offset'));
    // Five bytes at a time: characters and lines are cut in all places.
    const bytes = Buffer.from(stage.logs?.[name] ?? '').subarray(offset, offset + 5);
    response.writeHead(200, { 'x-kiln-next-offset': String(offset + bytes.length) }).end(bytes);
  }

  #blob(request: IncomingMessage, response: ServerResponse): void {
    const blob = this.#script.blob ?? Buffer.alloc(0);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = blob.subarray(from);
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': part.length, etag: '"one"' });
    const breakAfter = this.#script.breakAfter;
    if (breakAfter === undefined || this.#broken) return void response.end(part);
    this.#broken = true;
    response.write(part.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 20));
  }
}

function send(
  response: ServerResponse,
  status: number,
  body?: Json,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
