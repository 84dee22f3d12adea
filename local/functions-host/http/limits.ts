import type { IncomingMessage } from 'node:http';

/** Kestrel's defaults. https://learn.microsoft.com/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits */
const REQUEST_LINE = 8192;
const HEADERS = 32_768;
const HEADER_COUNT = 100;
/** The Functions host's own: `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`. */
export const BODY = 104_857_600;

/** Room for what is to be refused here, and not by Node, which has one limit for line and headers. */
export const NODE_HEADERS = 1_048_576;

/** The status with which Kestrel refuses a request by its head; undefined when it takes it. */
export function refusalOf({ method, url, rawHeaders }: IncomingMessage): 400 | 414 | 431 | undefined {
  const line = `${method ?? ''} ${url ?? ''} HTTP/1.1\r\n`;
  if (line.length > REQUEST_LINE) return 414;
  // Each header: name, colon, space, value, CRLF.
  const size = rawHeaders.reduce((sum, part) => sum + part.length + 2, 0);
  if (size > HEADERS || rawHeaders.length > 2 * HEADER_COUNT) return 431;
  // oxlint-disable-next-line no-control-regex -- these bytes are what is looked for
  return rawHeaders.some((part) => /[^\t\x20-\x7e]/.test(part)) ? 400 : undefined;
}
