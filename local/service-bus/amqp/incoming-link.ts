import type { AmqpError, EventContext, Receiver } from 'rhea';
import type { Namespace } from '../namespace.ts';
import type { Queue } from '../queue/queue.ts';
import { CONDITION } from './conditions.ts';
import { readBatch, readMessage } from './message.ts';
import { BATCH_FORMAT } from './rhea.convert.ts';
import { MalformedValue } from './values.ts';

/** In bytes. The limit of Service Bus's standard tier is a quarter of it. */
export const LARGEST_MESSAGE = 1024 * 1024;

/** A client sends: each transfer is accepted when its messages are stored, and not before. */
export function serveSender(receiver: Receiver, namespace: Namespace, destinations: readonly Queue[]): void {
  receiver.on('message', (context: EventContext) => {
    const { delivery } = context;
    const problem = store(context, namespace, destinations);
    if (problem === undefined) delivery?.accept();
    else delivery?.reject(problem);
  });
}

function store(
  { message, delivery }: EventContext,
  namespace: Namespace,
  destinations: readonly Queue[],
): AmqpError | undefined {
  if (!Buffer.isBuffer(message)) return { condition: CONDITION.decodeError, description: 'No bytes.' };
  if (message.length > LARGEST_MESSAGE)
    return {
      condition: CONDITION.tooLarge,
      description: `The message has ${message.length} bytes; ${LARGEST_MESSAGE} are the most.`,
    };
  try {
    const messages = delivery?.format === BATCH_FORMAT ? readBatch(message) : [readMessage(message)];
    namespace.send(destinations, messages);
    return undefined;
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return { condition: CONDITION.decodeError, description: error.message };
  }
}
