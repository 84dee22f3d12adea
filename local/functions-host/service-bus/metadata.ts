import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { TypedData } from '../contract.ts';

/**
 * What the Service Bus extension tells a function about its message; the library hands it on in camel case. Texts are read as
 * JSON by the library where they can be: the message id `123` arrives as a number, here as in Azure.
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-service-bus-trigger#message-metadata
 */
export function triggerMetadata(message: ServiceBusReceivedMessage): Record<string, TypedData> {
  const properties = json(message.applicationProperties ?? {});
  const all: Readonly<Record<string, TypedData | undefined>> = {
    MessageId: text(message.messageId),
    // The extension counts deliveries from 1, the wire from 0.
    DeliveryCount: { int: (message.deliveryCount ?? 0) + 1 },
    LockToken: text(message.lockToken),
    SequenceNumber: { int: message.sequenceNumber?.toNumber() ?? 0 },
    EnqueuedSequenceNumber: { int: message.enqueuedSequenceNumber ?? 0 },
    EnqueuedTimeUtc: json(message.enqueuedTimeUtc),
    ExpiresAtUtc: json(message.expiresAtUtc),
    ContentType: text(message.contentType),
    CorrelationId: text(message.correlationId),
    Subject: text(message.subject),
    Label: text(message.subject),
    To: text(message.to),
    ReplyTo: text(message.replyTo),
    SessionId: text(message.sessionId),
    PartitionKey: text(message.partitionKey),
    DeadLetterSource: text(message.deadLetterSource),
    DeadLetterReason: text(message.deadLetterReason),
    DeadLetterErrorDescription: text(message.deadLetterErrorDescription),
    ApplicationProperties: properties,
    UserProperties: properties,
  };
  const metadata: Record<string, TypedData> = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) metadata[name] = value;
  return metadata;
}

/** A message's body as functions get it: text, or bytes where the binding says `dataType: binary`. */
export function triggerData(body: unknown, dataType: unknown): TypedData {
  const bytes =
    body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
  return dataType === 'binary' ? { bytes } : { string: new TextDecoder().decode(bytes) };
}

function text(value: string | number | Uint8Array | undefined): TypedData | undefined {
  if (value === undefined) return undefined;
  return { string: value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value) };
}

const json = (value: unknown): TypedData | undefined =>
  value === undefined ? undefined : { json: JSON.stringify(value) };
