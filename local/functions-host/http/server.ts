import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { foreignRequest } from '../../loopback/foreign-request.ts';
import type { Log } from '../log.ts';
import { BODY, NODE_HEADERS, refusalOf } from './limits.ts';
import { decodePath, encodePath } from './request-path.ts';

export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As a function gets it: the path decoded once. */
  readonly url: URL;
  /** The decoded path, by which routes are found. */
  readonly path: string;
  readonly body: Buffer;
};

export type Handler = (exchange: Exchange) => Promise<void>;

/**
 * The one listener of the host. It listens before the app is loaded, because the app may read its own address from
 * WEBSITE_HOSTNAME while it loads; until `serve` is called it answers 503, as Azure does during start.
 */
export class HttpListener {
  readonly #server: Server;
  readonly #log: Log;
  #handler: Handler | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#server = createServer(
      { maxHeaderSize: NODE_HEADERS },
      (request, response) => void this.#answer(request, response),
    );
  }

  /** Resolves with the port; 0 picks a free one. Loopback only. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The host listens on no port.');
    return address.port;
  }

  serve(handler: Handler): void {
    this.#handler = handler;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const refusal = refusalOf(request);
      const address = refusal === undefined ? addressOf(request) : undefined;
      if (address === undefined) {
        request.resume();
        endEmpty(response, refusal ?? 400, { connection: 'close' });
        return;
      }
      const body = await readBody(request);
      const foreign = foreignRequest(request);
      if (foreign !== undefined) {
        response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(foreign);
        return;
      }
      if (this.#handler && body) await this.#handler({ request, response, ...address, body });
      else endEmpty(response, body ? 503 : 500);
    } catch (error) {
      if (request.destroyed && !response.writable) return;
      this.#log('error', 'http', error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (!response.headersSent) endEmpty(response, 500);
      else response.end();
    }
  }
}

/** An answer of the host's own: it has no body and says so. */
export function endEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-length': '0' }).end();
}

function addressOf({
  url: target = '/',
  headers,
}: IncomingMessage): Pick<Exchange, 'url' | 'path'> | undefined {
  const [, raw = '/', query = ''] = /^(?:https?:\/\/[^/?]*)?([^?]*)(.*)$/.exec(target) ?? [];
  const path = decodePath(raw);
  if (path === undefined) return undefined;
  const url = URL.parse(`http://${headers.host ?? '127.0.0.1'}${encodePath(path)}${query}`);
  return url === null ? undefined : { url, path };
}

/** Undefined when the body is too large. A chunked one is read and lost: the host hands bodies on by their Content-Length. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  // https://github.com/Azure/azure-functions-host/issues/4926
  const announced = Number(request.headers['content-length'] ?? 0);
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (announced <= BODY) chunks.push(Buffer.from(chunk));
  if (announced > BODY) return undefined;
  return announced > 0 ? Buffer.concat(chunks) : Buffer.alloc(0);
}
