import type { HttpRequest } from '@azure/functions';

/** Scheme and host as the client sees them: a front end that ends TLS says so in X-Forwarded-Proto. */
export function baseUrlOf(request: Pick<HttpRequest, 'url' | 'headers'>): string {
  const url = new URL(request.url);
  const proto = request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim();
  const scheme = proto === 'https' || proto === 'http' ? proto : url.protocol.slice(0, -1);
  return `${scheme}://${request.headers.get('host') ?? url.host}`;
}
