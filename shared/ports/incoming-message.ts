/** A message as the broker hands it over. */
export type IncomingMessage = {
  /** The body; text that is JSON was parsed by the Functions library. */
  readonly body: unknown;
  readonly messageId: string;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** Property of a message that stands for an earlier one: the key of that one. */
export const KEY_PROPERTY = 'kiln-request-key';
