import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import { createHash } from 'node:crypto';
import type { WireRequest } from '../requests/request-schema.ts';

/** Puts a build request into the queue. The id of the message is a hash of the key: queues drop what they know. */
export function createRequestSender(
  bus: () => ServiceBusClient,
  queue: string,
): (request: WireRequest, key: string) => Promise<void> {
  let sender: ServiceBusSender | undefined;
  return async (request, key) => {
    sender ??= bus().createSender(queue);
    const messageId = createHash('sha256').update(key).digest('hex');
    await sender.sendMessages({ body: request, messageId, contentType: 'application/json' });
  };
}
