import { once } from 'node:events';
import type { TestContext } from 'node:test';
import rhea, { type Connection } from 'rhea';

export const KEY = { name: 'Root', key: 'c2VjcmV0' };

/** A plain AMQP connection, by default with the key, closed with the test. */
export async function connectPlain(
  t: Pick<TestContext, 'after'>,
  port: number,
  login: object = { username: KEY.name, password: KEY.key },
): Promise<Connection> {
  const container = rhea.create_container();
  container.on('error', () => {});
  container.on('disconnected', () => {});
  const connection = container.connect({ host: '127.0.0.1', port, reconnect: false, ...login });
  t.after(() => connection.close());
  await once(connection, 'connection_open');
  return connection;
}
