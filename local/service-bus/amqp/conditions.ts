import type { AmqpError } from 'rhea';

/** Error conditions that the official clients know. https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide */
export const CONDITION = {
  lockLost: 'com.microsoft:message-lock-lost',
  messageNotFound: 'com.microsoft:message-not-found',
  notAllowed: 'amqp:not-allowed',
  notFound: 'amqp:not-found',
  notImplemented: 'amqp:not-implemented',
  unauthorized: 'amqp:unauthorized-access',
  decodeError: 'amqp:decode-error',
  tooLarge: 'amqp:link:message-size-exceeded',
} as const;

export const LOCK_LOST: AmqpError = {
  condition: CONDITION.lockLost,
  description:
    'The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.',
};

export const notFound = (address: string): AmqpError => ({
  condition: CONDITION.notFound,
  description: `The messaging entity '${address}' could not be found.`,
});

export const UNAUTHORIZED: AmqpError = {
  condition: CONDITION.unauthorized,
  description:
    'The client has shown no valid key. Use the connection string in endpoints.json of local mode: its key with SASL PLAIN, or a token of it on $cbs.',
};

export const notImplemented = (what: string): AmqpError => ({
  condition: CONDITION.notImplemented,
  description: `The local broker has no ${what}.`,
});
