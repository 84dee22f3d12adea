import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isObject, type JsonChannel } from './json-channel.ts';
import { socketFolder } from './process.ts';

const DEADLINE_MS = 60_000;
const POLL_MS = 5;

/** The memory is in a file of its own; only the devices' state travels. */
const CAPABILITIES = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

/** Stops the machine and writes its devices' state to `file`. Its memory file then holds the rest. */
export async function saveState(qmp: JsonChannel, file: string): Promise<void> {
  await qmp.call('stop');
  await qmp.call('migrate-set-capabilities', CAPABILITIES);
  await qmp.call('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  // Through a socket: QEMU 7 can write to a file only by way of a shell command.
  const path = join(await socketFolder(), 'state');
  const server = createServer();
  try {
    await new Promise<void>((resolve) => {
      server.listen(path, resolve);
    });
    const written = new Promise<void>((resolve, reject) => {
      server.once('connection', (socket) => {
        pipeline(socket, createWriteStream(file)).then(resolve, reject);
      });
    });
    await qmp.call('migrate', { uri: `unix:${path}` });
    await migrated(qmp);
    await written;
  } finally {
    server.close();
    await rm(dirname(path), { recursive: true, force: true });
  }
}

/** Reads the devices' state from descriptor 3 and lets the machine go on. */
export async function loadState(qmp: JsonChannel): Promise<void> {
  await qmp.call('migrate-set-capabilities', CAPABILITIES);
  await qmp.call('migrate-incoming', { uri: 'fd:3' });
  await migrated(qmp);
  await qmp.call('cont');
}

/** Reading takes 100 ms and has no event without another capability: asking is as exact. */
async function migrated(qmp: JsonChannel): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const info = await qmp.call('query-migrate');
    const status = isObject(info) ? info['status'] : undefined;
    if (status === 'completed') return;
    if (status === 'failed' || Date.now() > deadline)
      throw new Error(`the machine's state was not moved: ${String(status)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
