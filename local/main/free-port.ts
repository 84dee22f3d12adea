import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what Linux (32768), macOS and Windows (49152) give to clients, above what services are usually at. */
const FROM = 20_000;
const TO = 32_767;
const TRIES = 50;

/** A port that is kept from everybody else until `release` has resolved. */
export type ReservedPort = { readonly port: number; readonly release: () => Promise<void> };

/**
 * Only for an address that must be known before its server starts. It is none that the system gives to clients: a server that is
 * started again would find its port taken by somebody's connection. Another local mode that starts meanwhile gets another one.
 * `asked`: a port to take instead, which is looked at elsewhere and not held.
 */
export async function reservePort(asked = 0): Promise<ReservedPort> {
  if (asked !== 0) return { port: asked, release: async () => undefined };
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const reserved = await listenAt(randomInt(FROM, TO + 1)).catch(() => undefined);
    if (reserved !== undefined) return reserved;
  }
  return listenAt(0);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, release } = await reservePort();
  await release();
  return port;
}

function listenAt(port: number): Promise<ReservedPort> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const release = (): Promise<void> => new Promise((done) => void server.close(() => done()));
      if (typeof address === 'object' && address !== null) resolve({ port: address.port, release });
      else reject(new Error('The system gave no free port.'));
    });
  });
}
