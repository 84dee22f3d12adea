import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';

// The account that every copy of Azurite has: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Blob storage in memory, in a process of its own. */
export type Azurite = {
  readonly connectionString: string;
  /** A new, empty container. */
  container(): Promise<ContainerClient>;
  stop(): Promise<void>;
};

export async function startAzurite(): Promise<Azurite> {
  const port = await freePort();
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const flags = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence'];
  const child = spawn(process.execPath, [main, '--blobPort', String(port), ...flags], { stdio: 'ignore' });
  await untilListening(port);
  const url = `http://127.0.0.1:${port}/${ACCOUNT}`;
  let containers = 0;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${url};`,
    async container() {
      containers += 1;
      const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
      const container = new ContainerClient(`${url}/test${containers}`, credential);
      await container.create();
      return container;
    },
    async stop() {
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`Azurite does not listen on port ${port}.`);
}
