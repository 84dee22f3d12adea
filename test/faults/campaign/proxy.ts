import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Owners } from './owners.ts';

/** What becomes of a request. `act` is done before it is passed on, or after its answer has come. */
export type Fate = {
  readonly answer?: { status: number; body: string; headers?: Record<string, string> };
  readonly reset?: 'before' | 'after';
  /** The operation that this request starts says at its end that it failed, with this code. */
  readonly failOperation?: string;
  readonly act?: () => Promise<void>;
  readonly when?: 'before' | 'after';
};

export type Seen = { readonly n: number; readonly method: string; readonly path: string };
type Rule = (request: Seen) => Fate | undefined;

/** The name that the service is called by: addresses in Azure's answers follow it, a blob is copied from its own host only. */
type Host = 'its own' | 'the real one';

/**
 * Stands between the app and a service of its: counts the requests and spoils those that the rule names.
 */
export class FaultProxy {
  /** By the template whose requests they are for. */
  private readonly rules = new Map<string, { readonly rule: Rule; seen: number }>();
  private upstream = '';
  private readonly failing = new Map<string, string>();
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => request.socket.destroy());
  });

  private readonly host: Host;
  private readonly owners: Owners;

  private constructor(host: Host, owners: Owners) {
    this.host = host;
    this.owners = owners;
  }

  static async start(host: Host, owners: Owners): Promise<FaultProxy> {
    const proxy = new FaultProxy(host, owners);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Counts the requests of this template from one again and spoils those that the rule says. */
  arm(owner: string, rule: Rule): void {
    this.rules.set(owner, { rule, seen: 0 });
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    if (request.url === '/__upstream') {
      this.upstream = body.toString();
      response.end();
      return;
    }
    const { method = 'GET', url = '/' } = request;
    const path = decodeURIComponent(url.split('?')[0] ?? url);
    const owner = this.owners.of({ path });
    const { answer: instead, reset, failOperation, act, when } = this.fateOf(owner, { method, path }) ?? {};
    if (instead !== undefined) return reply(response, instead);
    if (reset === 'before') return void request.socket.destroy();
    if (when === 'before') await act?.();
    const answer = await this.pass(request, body);
    if (owner !== undefined) this.learn(owner, answer);
    if (when === 'after') await act?.();
    if (reset === 'after') return void request.socket.destroy();
    if (failOperation !== undefined) this.note(answer, failOperation);
    const failed = this.failing.get(url.split('?')[0] ?? url);
    if (failed !== undefined && /"Succeeded"/.test(answer.body.toString()))
      return reply(response, { status: 200, body: failed });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private fateOf(owner: string | undefined, { method, path }: Omit<Seen, 'n'>): Fate | undefined {
    const armed = owner === undefined ? undefined : this.rules.get(owner);
    if (armed === undefined) return undefined;
    armed.seen += 1;
    return armed.rule({ n: armed.seen, method, path });
  }

  /** Polls of an operation bear no name but its own. */
  private learn(owner: string, { headers }: Answer): void {
    for (const address of [headers['azure-asyncoperation'], headers.location])
      if (typeof address === 'string' && URL.canParse(address))
        this.owners.learn(owner, new URL(address).pathname);
  }

  private note({ headers }: Answer, code: string): void {
    const poll = headers['azure-asyncoperation'];
    if (typeof poll !== 'string') return;
    const error = { code, message: 'Please retry later.' };
    this.failing.set(new URL(poll).pathname, JSON.stringify({ status: 'Failed', error }));
  }

  private pass(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, headers, url } = request;
      const target = new URL(`${this.upstream}${url}`);
      const { hostname, port } = target;
      const host = this.host === 'its own' ? headers.host : target.host;
      const options = { hostname, port, path: url, method, headers: { ...headers, host } };
      const passed = send(options, (answer) => {
        bytesOf(answer).then(
          (bytes) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: bytes }),
          reject,
        );
      });
      passed.on('error', reject);
      passed.end(body);
    });
  }
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer };

function reply(
  response: ServerResponse,
  { status, body, headers = {} }: { status: number; body: string; headers?: Record<string, string> },
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
