import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what Linux (32768), macOS and Windows (49152) give to clients, above what services are usually at. */
const FROM = 20_000;
const TO = 32_767;
const TRIES = 50;

/**
 * A port that was free a moment ago. Only for an address that must be known before its server starts. It is none that
 * the system gives to clients: a server that is started again would find its port taken by somebody's connection.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(FROM, TO + 1);
    if ((await listenOnce(port).catch(() => undefined)) === port) return port;
  }
  return listenOnce(0);
}

/** The port that a server got, which is closed again. */
function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('The system gave no free port.'));
      });
    });
  });
}
