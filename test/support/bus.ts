// The API behind an HTTP server, and the broker that local mode has: what a command needs that works with the queue.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { startBroker } from '../../local/service-bus/broker.ts';
import { DEPLOYED } from '../../local/service-bus/entities.ts';
import type { Api } from './api.ts';

export async function startBus() {
  const key = { name: 'Root', key: 'a2V5' };
  const broker = await startBroker({ entities: DEPLOYED, key, port: 0, log: () => {} });
  const client = new ServiceBusClient(broker.connectionString);
  const receiver = client.createReceiver('build-requests');
  return {
    client,
    receiver,
    /** Sends messages and lets each of them end in the dead-letter queue. */
    async bury(messages: readonly ServiceBusMessage[], reasons: readonly string[]): Promise<void> {
      const sender = client.createSender('build-requests');
      await sender.sendMessages([...messages]);
      await sender.close();
      for (const deadLetterReason of reasons) {
        const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
        if (message === undefined) throw new Error('the message did not come');
        await receiver.deadLetterMessage(message, {
          deadLetterReason,
          deadLetterErrorDescription: 'Mend it.',
        });
      }
    },
    async take(): Promise<any> {
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 3000 });
      if (message === undefined) throw new Error('no message came');
      await receiver.completeMessage(message);
      return message;
    },
    async stop(): Promise<void> {
      await client.close();
      await broker.close();
    },
  };
}

/** The API at an address, for whom it takes any token of. */
export async function listen(api: Api): Promise<{ readonly url: string; readonly stop: () => void }> {
  const answer = async ({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = await api.send(method, url, { apiVersion: null });
    response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}
