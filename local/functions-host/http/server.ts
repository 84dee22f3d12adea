import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { foreignRequest } from '../../loopback/foreign-request.ts';
import type { Log } from '../log.ts';

/** The answer of Azure Functions to a larger body; maxRequestBodySize is 100 MiB there. */
const LARGEST_BODY = 104_857_600;

export type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
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
    this.#server = createServer((request, response) => void this.#answer(request, response));
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
      const body = await readBody(request);
      if (!this.#handler || !body) {
        response.writeHead(body ? 503 : 413).end();
        return;
      }
      const host = `http://${request.headers.host ?? '127.0.0.1'}`;
      const url = URL.parse(request.url ?? '/', host);
      if (url === null) {
        response.writeHead(400).end();
        return;
      }
      const foreign = foreignRequest(request);
      if (foreign !== undefined) {
        response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(foreign);
        return;
      }
      await this.#handler({ request, response, url, body });
    } catch (error) {
      if (request.destroyed && !response.writable) return;
      this.#log('error', 'http', error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  }
}

/** Undefined when the body is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
