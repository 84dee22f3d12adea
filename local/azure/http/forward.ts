import { request as send } from 'node:http';
import { baseOf, type Forward } from './listener.ts';

const APP_PROVIDER = /\/providers\/Microsoft\.VirtualMachineImages(\/|$)/i;

/**
 * ARM is the only address its clients know and hands requests to resource providers; `Microsoft.VirtualMachineImages` is
 * the app. `Host` stays the client's, because poll addresses must lead back here.
 */
export function createForward(appUrl: string | undefined): Forward {
  if (appUrl === undefined) return () => false;
  const app = new URL(appUrl);
  return (request, response) => {
    // ARM bears doubled slashes, and @azure/arm-resources sends one in front.
    const path = (request.url ?? '/').replace(/^[^?]*/, (bare) => bare.replaceAll(/\/{2,}/g, '/'));
    if (!APP_PROVIDER.test(path)) return false;
    const base = new URL(baseOf(request));
    const headers = {
      ...request.headers,
      'x-forwarded-host': base.host,
      'x-forwarded-proto': base.protocol.slice(0, -1),
    };
    const target = { host: app.hostname, port: app.port, method: request.method, path, headers };
    const upstream = send(target, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', (error) => {
      const message = `The app at ${app.origin} does not answer: ${error.message}`;
      if (!response.headersSent) response.writeHead(502, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'BadGateway', message } }));
    });
    request.pipe(upstream);
    return true;
  };
}
