import { app as functionsApp, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { ATTEMPT_PROPERTY } from '../../shared/messaging/resend.ts';
import { isObject, type JsonObject } from '../../shared/template/schema/node.ts';
import { durableEngine } from '../durable-engine.ts';
import { queueContext, REQUESTS_QUEUE } from '../wiring.ts';
import { type Delivery, handleRequest } from './build-requests.ts';

const client = df.input.durableClient();

/** The function settles its messages itself: only so can it say why one is dead-lettered (docs/adr/0020). */
functionsApp.serviceBusQueue('queue-build-requests', {
  connection: 'ServiceBusConnection',
  queueName: REQUESTS_QUEUE,
  autoCompleteMessages: false,
  extraInputs: [client],
  handler: async (body: unknown, context: InvocationContext) => {
    const engine = durableEngine(context);
    await handleRequest(queueContext(engine, context), deliveryOf(body, context));
  },
});

/** The library reads every text that is JSON: an id of digits arrives as a number. */
function deliveryOf(body: unknown, { triggerMetadata = {} }: InvocationContext): Delivery {
  const text = (name: string) => {
    const value = triggerMetadata[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const properties = propertiesOf(
    triggerMetadata['applicationProperties'] ?? triggerMetadata['userProperties'],
  );
  const messageId = text('messageId') || `sequence-${text('sequenceNumber')}`;
  const [contentType, correlationId] = [text('contentType'), text('correlationId')];
  return {
    body,
    messageId,
    lockToken: text('lockToken'),
    attempt: Math.max(1, Number(properties[ATTEMPT_PROPERTY] ?? 1)),
    properties,
    ...(contentType !== '' && { contentType }),
    ...(correlationId !== '' && { correlationId }),
  };
}

function propertiesOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
