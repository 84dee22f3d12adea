import type { ApiClient } from './client.ts';
import { compact } from './convert.ts';
import { list, number, object, text, type JsonObject } from './json.ts';

const PATH = '/providers/Microsoft.VirtualMachineImages/deadLetters';

/** A message that Kiln could not carry out. */
export type DeadLetter = {
  /** The queue's own number. */
  readonly number: string;
  readonly messageId: string;
  readonly enqueued: string;
  readonly deliveries: number;
  readonly reason?: string;
  readonly description?: string;
  readonly templateId?: string;
  readonly text: string;
  readonly properties: JsonObject;
};

/** The oldest first. */
export async function listDeadLetters(client: ApiClient): Promise<DeadLetter[]> {
  const { body } = await client.call(PATH);
  return list(object(body)['value']).map(parse);
}

/** Sends it to the queue again, as the same request. */
export async function resubmitDeadLetter(client: ApiClient, name: string): Promise<DeadLetter> {
  const path = `${PATH}/${encodeURIComponent(name)}/resubmit`;
  return parse((await client.call(path, { method: 'POST' })).body);
}

export async function discardDeadLetter(client: ApiClient, name: string): Promise<DeadLetter> {
  return parse((await client.call(`${PATH}/${encodeURIComponent(name)}`, { method: 'DELETE' })).body);
}

function parse(value: unknown): DeadLetter {
  const found = object(value);
  const word = (name: string): string => text(found[name]) ?? '';
  return {
    number: word('number'),
    messageId: word('messageId'),
    enqueued: word('enqueued'),
    deliveries: number(found['deliveries']) ?? 0,
    text: word('text'),
    properties: object(found['properties']),
    ...compact({
      reason: text(found['reason']),
      description: text(found['description']),
      templateId: text(found['templateId']),
    }),
  };
}
