import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  readonly seen: Seen[] = [];
  private rule: Rule = () => undefined;
  private upstream = '';
  private readonly failing = new Map<string, string>();
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => request.socket.destroy());
  });

  private readonly host: Host;

  private constructor(host: Host) {
    this.host = host;
  }

  static async start(host: Host): Promise<FaultProxy> {
    const proxy = new FaultProxy(host);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Counts from one again and spoils what the rule says. */
  arm(rule: Rule): void {
    this.seen.length = 0;
    this.failing.clear();
    this.rule = rule;
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
    const seen = { n: this.seen.length + 1, method, path: decodeURIComponent(url.split('?')[0] ?? url) };
    this.seen.push(seen);
    const { answer: instead, reset, failOperation, act, when } = this.rule(seen) ?? {};
    if (instead !== undefined) return reply(response, instead);
    if (reset === 'before') return void request.socket.destroy();
    if (when === 'before') await act?.();
    const answer = await this.pass(request, body);
    if (when === 'after') await act?.();
    if (reset === 'after') return void request.socket.destroy();
    if (failOperation !== undefined) this.note(answer, failOperation);
    const failed = this.failing.get(url.split('?')[0] ?? url);
    if (failed !== undefined && /"Succeeded"/.test(answer.body.toString()))
      return reply(response, { status: 200, body: failed });
    response.writeHead(answer.status, answer.headers).end(answer.body);
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
