import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { KilnError } from '../errors/failure.ts';
import type { Address } from './resolve.ts';
import { withoutSecrets } from '../model/url-policy.ts';

export type Answer =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'content'; readonly bytes: Buffer };

const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * One GET on a connection to exactly `address`: the name is not resolved again, so that it cannot have moved to a
 * private address since the check. TLS still verifies the certificate against the name.
 */
export async function fetchOnce(
  url: URL,
  address: Address,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await open(url, address, signal);
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (REDIRECTS.includes(status) && location !== undefined) {
    response.destroy();
    return { kind: 'redirect', location };
  }
  if (status !== 200) {
    response.destroy();
    throw new KilnError({
      code: 'DownloadFailed',
      message: `${withoutSecrets(url.href)} answered ${status}. The URL must answer 200 without credentials.`,
      // The server has said what it thinks of the URL; only these two pass by themselves.
      passing: status >= 500 || status === 408 || status === 429,
    });
  }
  return { kind: 'content', bytes: await read(response, url, maxBytes) };
}

function open(url: URL, { address, family }: Address, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  const lookup: RequestOptions['lookup'] = (_hostname, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  return new Promise((resolve, reject) => {
    // A pooled connection could lead to another address: no agent. Compressed content would defeat the size limit.
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'kiln' };
    request(url, { agent: false, headers, lookup, signal }, resolve).on('error', reject).end();
  });
}

async function read(response: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = Number(response.headers['content-length'] ?? 0);
  let received = 0;
  const body: AsyncIterable<Buffer> = response;
  for await (const bytes of body) {
    received += bytes.length;
    size = Math.max(size, received);
    if (size > maxBytes) break;
    chunks.push(bytes);
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  const limit = `${maxBytes / 1024 / 1024} MiB`;
  throw new KilnError({
    code: 'DownloadTooLarge',
    message: `${withoutSecrets(url.href)} is larger than ${limit}. Download it from within a script instead.`,
  });
}
