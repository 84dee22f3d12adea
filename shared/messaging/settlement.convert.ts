import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';

/** Texts of a dead letter: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
const LONGEST = 4096;

/** Settles messages that the Functions host received, by their lock tokens. See docs/adr/0020. */
export type Settlement = {
  complete(lockToken: string): Promise<void>;
  deadLetter(lockToken: string, reason: string, description: string): Promise<void>;
};

export function createSettlement(bus: () => ServiceBusClient, queue: string): Settlement {
  let receiver: ServiceBusReceiver | undefined;
  // No link is opened: without a delivery the client settles over the queue's management node.
  const one = () => (receiver ??= bus().createReceiver(queue));
  return {
    complete: (lockToken) => one().completeMessage(lockedBy(lockToken)),
    deadLetter: (lockToken, reason, description) =>
      one().deadLetterMessage(lockedBy(lockToken), {
        deadLetterReason: reason.slice(0, LONGEST),
        deadLetterErrorDescription: description.slice(0, LONGEST),
      }),
  };
}

/**
 * The client asks a message for its token and for the link it came on. One without a link, as deferred messages are, is
 * settled by `update-disposition`, which takes a token from any connection:
 * https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#update-disposition
 */
function lockedBy(lockToken: string): ServiceBusReceivedMessage {
  return { body: undefined, lockToken, delivery: {} } as unknown as ServiceBusReceivedMessage;
}
