import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpCookie, HttpData } from '../contract.ts';

type Nullables = Readonly<Record<string, { readonly value: string }>>;

function toNullables(entries: Iterable<readonly [string, string]>): Nullables {
  return Object.fromEntries([...entries].map(([name, value]) => [name, { value }]));
}

/** Repeated names are one entry, joined by commas: the host sends maps. */
function joined(entries: Iterable<readonly [string, string]>, separator: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const [name, value] of entries) {
    const before = result.get(name);
    result.set(name, before === undefined ? value : before + separator + value);
  }
  return result;
}

/** A request as the host puts it on the wire to the worker. */
export function toHttpData(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Uint8Array,
): HttpData {
  const headers = Object.entries(request.headersDistinct).map(
    ([name, values]) => [name, (values ?? []).join(', ')] as const,
  );
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: toNullables(headers),
    nullableQuery: toNullables(joined(url.searchParams, ',')),
    nullableParams: toNullables(Object.entries(params)),
    ...(body.length > 0 ? { body: { bytes: body } } : {}),
  };
}

/** Sends what the function returned. A function that returns nothing answers 204, as in Azure. */
export function sendHttpData(response: ServerResponse, data: HttpData | null | undefined): void {
  if (!data) {
    response.writeHead(204).end();
    return;
  }
  response.statusCode = Number(data.statusCode ?? 200);
  for (const [name, value] of Object.entries(data.headers ?? {})) response.setHeader(name, value);
  const cookies = (data.cookies ?? []).map(toSetCookie);
  if (cookies.length > 0) response.appendHeader('set-cookie', cookies);
  // The real host does not know how long a function's answer is: it sends chunks.
  response.flushHeaders();
  response.end(data.body?.bytes ?? Buffer.from(data.body?.string ?? ''));
}

function toSetCookie(cookie: HttpCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value)}`];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) parts.push(`${name}=${value}`);
  };
  add('Max-Age', cookie.maxAge?.value);
  add('Domain', cookie.domain?.value);
  add('Path', cookie.path?.value);
  const expires = cookie.expires?.value?.seconds;
  add('Expires', expires === undefined ? undefined : new Date(expires * 1000).toUTCString());
  if (cookie.secure?.value) parts.push('Secure');
  if (cookie.httpOnly?.value) parts.push('HttpOnly');
  const sameSite = { none: undefined, lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;
  add('SameSite', sameSite[cookie.sameSite ?? 'none']);
  return parts.join('; ');
}
