import type { IncomingMessage } from 'node:http';

/** Loopback names, with a port or without. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Why a request is none of this machine's own clients, or undefined. A listener on the loopback address hears every web page
 * that a browser of the machine shows: under a name that was made to point here (DNS rebinding, the `Host` tells), or
 * from another site (`Origin` and `Sec-Fetch-Site`, which pages cannot forge:
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site). A browser that goes to an address as a whole
 * page, by a link from anywhere, is not such a request: whoever has written the link cannot read what is shown, and no token
 * goes along. `friend`: an origin that may call all the same.
 */
export function foreignRequest(
  { headers, method }: Pick<IncomingMessage, 'headers' | 'method'>,
  friend?: string,
): string | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK.test(host))
    return `Host ${quoted(host)} is not this machine. Use 127.0.0.1 or localhost.`;
  if (friend !== undefined && origin === friend) return undefined;
  if (origin !== undefined && !isSame(origin, host ?? ''))
    return `Origin ${quoted(origin)} is another site. Web pages may not call local mode.`;
  const site = headers['sec-fetch-site'] ?? 'none';
  const isPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (site !== 'none' && site !== 'same-origin' && !(method === 'GET' && isPage))
    return `Sec-Fetch-Site ${quoted(site)}: web pages may not call local mode.`;
  return undefined;
}

function isSame(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** Short, and with nothing that a terminal would obey. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
