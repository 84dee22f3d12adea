import type { Message } from '../queue/message.ts';

type Row = Readonly<Record<string, string | number | bigint | Uint8Array | null>>;

/** The columns of a message in the order of the table, without `queue`. */
export const COLUMNS = [
  ['sequence', 'original_sequence', 'content', 'message_id', 'enqueued_at', 'time_to_live', 'delivery_count'],
  ['state', 'scheduled_for', 'reason', 'description', 'source'],
].flat();

export function toRow(message: Message): (string | number | Uint8Array | null)[] {
  const { deadLetter } = message;
  return [
    message.sequence,
    message.originalSequence,
    message.content,
    message.messageId,
    message.enqueuedAt,
    message.timeToLive ?? null,
    message.deliveryCount,
    message.state,
    message.scheduledFor ?? null,
    deadLetter?.reason ?? null,
    deadLetter?.description ?? null,
    deadLetter?.source ?? null,
  ];
}

export function toMessage(row: Row): Message {
  const text = (name: string): string | undefined => (row[name] ?? undefined) as string | undefined;
  const number = (name: string): number | undefined => (row[name] ?? undefined) as number | undefined;
  const source = text('source');
  return {
    sequence: Number(row['sequence']),
    originalSequence: Number(row['original_sequence']),
    content: Buffer.from(row['content'] as Uint8Array),
    messageId: text('message_id') ?? '',
    enqueuedAt: Number(row['enqueued_at']),
    timeToLive: number('time_to_live'),
    deliveryCount: Number(row['delivery_count']),
    state: text('state') as Message['state'],
    scheduledFor: number('scheduled_for'),
    lock: undefined,
    deadLetter:
      source === undefined ? undefined : { reason: text('reason'), description: text('description'), source },
  };
}
