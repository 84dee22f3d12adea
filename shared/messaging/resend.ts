import type { ServiceBusClient, ServiceBusSender } from '@azure/service-bus';
import { type IncomingMessage, KEY_PROPERTY } from '../ports/incoming-message.ts';

/** Property that counts the attempts of a request. */
export const ATTEMPT_PROPERTY = 'kiln-attempt';

type Again = {
  readonly key: string;
  readonly attempt: number;
  /** Milliseconds until it may be delivered. */
  readonly pause: number;
};

/** Puts a message back into its queue, for later. It keeps its key, and needs another id: queues drop known ones. */
export type Resend = (message: IncomingMessage, again: Again) => Promise<void>;

export function createResend(bus: () => ServiceBusClient, queue: string, now: () => Date): Resend {
  let sender: ServiceBusSender | undefined;
  return async ({ body, messageId, contentType, correlationId, properties }, { key, attempt, pause }) => {
    sender ??= bus().createSender(queue);
    const base = messageId.replace(/#\d+$/, '').slice(0, 100);
    const message = {
      body,
      messageId: `${base}#${attempt}`,
      ...(contentType !== undefined && { contentType }),
      ...(correlationId !== undefined && { correlationId }),
      applicationProperties: { ...scalars(properties), [KEY_PROPERTY]: key, [ATTEMPT_PROPERTY]: attempt },
    };
    await sender.scheduleMessages(message, new Date(now().getTime() + pause));
  };
}

function scalars(properties: Readonly<Record<string, unknown>>): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(properties))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      kept[name] = value;
  return kept;
}
