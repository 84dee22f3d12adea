import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

export type Listening = { readonly server: Server; readonly url: string };

/**
 * Listens on the loopback address only; port 0 takes a free one. Resolves with the address that clients use. With a
 * certificate it speaks https: Azure's clients send tokens over nothing else.
 */
export async function listen(
  listener: RequestListener,
  port: number,
  certificate?: { readonly cert: string; readonly key: string },
): Promise<Listening> {
  const server =
    certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  const scheme = certificate === undefined ? 'http' : 'https';
  return { server, url: `${scheme}://127.0.0.1:${address.port}` };
}
