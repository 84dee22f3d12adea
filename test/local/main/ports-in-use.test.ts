import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Refusal, refusePortsInUse } from '../../../local/main/ports-in-use.ts';

const NONE = { api: 0, cloud: 0, https: 0, storage: 0, serviceBus: 0, serviceBusTls: 0 };

test('ports that are taken are told together, by whom where that is known, with the option for each', async () => {
  await refusePortsInUse(NONE);
  const server = createServer().listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const { port } = address;
    await assert.rejects(refusePortsInUse({ ...NONE, storage: port, serviceBus: port }), (error) => {
      assert.ok(error instanceof Refusal);
      const by = process.platform === 'linux' ? ` by pid ${process.pid} \\(.+\\)` : '';
      assert.match(
        error.message,
        new RegExp(`^Port ${port} for the storage emulator is in use${by}: --storage-port 0`),
      );
      assert.match(error.message, /\nPort \d+ for the Service Bus is in use.*: --amqp-port 0/);
      return true;
    });
  } finally {
    server.close();
  }
});
