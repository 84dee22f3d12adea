import { createHash } from 'node:crypto';
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusSender } from '@azure/service-bus';
import type { CloudEvent } from '../model/cloud-event.ts';
import type { EventSink } from '../ports/sink.ts';

type Credential = ConstructorParameters<typeof ServiceBusClient>[1] & { getToken: unknown };

/** How the namespace is reached: in Azure with the app's identity, locally with the emulator's connection string. */
export type BusConnection =
  | { readonly kind: 'connection'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly namespace: string };

/** Delivery is repeated by the outbox, later and with what came since: the client itself gives up soon. */
const RETRY = { maxRetries: 0, timeoutInMs: 5_000 };

export function connectBus(connection: BusConnection, credential: Credential): ServiceBusClient {
  const options = { retryOptions: RETRY, identifier: 'kiln' };
  return connection.kind === 'connection'
    ? new ServiceBusClient(connection.connectionString, options)
    : new ServiceBusClient(connection.namespace, credential, options);
}

/** Events as messages of a topic. The sender is kept: a link costs several round trips. */
export function createTopicSink(bus: () => ServiceBusClient, topic: string): EventSink {
  let sender: ServiceBusSender | undefined;
  return {
    name: 'topic',
    async send(events) {
      let accepted = 0;
      try {
        sender ??= bus().createSender(topic);
        for (const messages of await batches(sender, events)) {
          await sender.sendMessages(messages);
          accepted += messages.count;
        }
        return { accepted };
      } catch (error) {
        return { accepted, problem: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

async function batches(sender: ServiceBusSender, events: readonly CloudEvent[]) {
  const made = [await sender.createMessageBatch()];
  for (const event of events) {
    const message = toMessage(event);
    if (made.at(-1)?.tryAddMessage(message) === true) continue;
    const next = await sender.createMessageBatch();
    if (!next.tryAddMessage(message))
      throw new Error(`The event ${event.id} is larger than a message may be.`);
    made.push(next);
  }
  return made.filter(({ count }) => count > 0);
}

/**
 * Structured content mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md
 * The session keeps the events of one run in order for subscriptions that ask for sessions; properties are for filters.
 */
function toMessage(event: CloudEvent): ServiceBusMessage {
  const { source, id, type, subject = '', data } = event;
  return {
    body: event,
    contentType: 'application/cloudevents+json; charset=utf-8',
    // Ids of messages have at most 128 characters, those of events have no limit.
    messageId: createHash('sha256').update(`${source}\n${id}`).digest('hex'),
    subject: type,
    sessionId: sessionOf(source, subject),
    applicationProperties: {
      type,
      source,
      ...(typeof data['state'] === 'string' && { state: data['state'] }),
    },
  };
}

function sessionOf(source: string, subject: string): string {
  const [kind, id] = subject.split('/');
  if (kind === 'runs' && id !== undefined) return id;
  return createHash('sha256').update(source).digest('hex').slice(0, 32);
}
