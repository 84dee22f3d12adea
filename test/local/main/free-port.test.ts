import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, reservePort } from '../../../local/main/free-port.ts';

test('a port can be listened at, and is none that the system gives to clients', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  for (const port of ports) assert.ok(port >= 20_000 && port < 32_768, String(port));
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('a reserved port is nobody else’s until it is released, whoever has knocked at it', async () => {
  const { port, release } = await reservePort();
  const other = createServer().listen(port, '127.0.0.1');
  const [error] = await once(other, 'error');
  assert.equal(error.code, 'EADDRINUSE');
  const early = connect(port, '127.0.0.1').resume();
  await once(early, 'close');
  await release();
  other.listen(port, '127.0.0.1');
  await once(other, 'listening');
  other.close();
});
