import { createServer, type RequestListener, type Server } from 'node:http';

/** Listens on the loopback address only; port 0 takes a free one. Resolves with the address that clients use. */
export async function listen(
  listener: RequestListener,
  port: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return { server, url: `http://127.0.0.1:${address.port}` };
}
