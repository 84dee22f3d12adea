import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { preload } from '../../local/storage/azurite.ts';

// The account that every copy of Azurite has: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Blob storage in memory, in a process of its own or in the one that `test/run.js` started for all files. */
export type Azurite = {
  readonly connectionString: string;
  /** A new, empty container. */
  container(): Promise<ContainerClient>;
  stop(): Promise<void>;
};

/** Where one is that all test files share: its start takes more CPU than most of them. */
const SHARED = 'KILN_TEST_STORAGE';

export async function startAzurite(): Promise<Azurite> {
  const shared = process.env[SHARED];
  return shared === undefined ? ownAzurite() : accountAt(Number(shared), () => Promise.resolve());
}

/** Starts one, of which all test files that this process starts know by their environment. */
export async function shareAzurite(): Promise<Azurite> {
  const port = await freePort();
  process.env[SHARED] = String(port);
  return ownAzurite(port);
}

async function ownAzurite(given?: number): Promise<Azurite> {
  const port = given ?? (await freePort());
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const flags = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence'];
  // Without it each look at a blob walks over those of all other files.
  const args = [
    ...preload('no-telemetry'),
    ...preload('quick-lookups'),
    main,
    '--blobPort',
    String(port),
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  await untilListening(port);
  return accountAt(port, async () => {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });
}

function accountAt(port: number, stop: () => Promise<void>): Azurite {
  const url = `http://127.0.0.1:${port}/${ACCOUNT}`;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${url};`,
    async container() {
      const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
      const container = new ContainerClient(`${url}/test-${randomUUID()}`, credential);
      await container.create();
      return container;
    },
    stop,
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
