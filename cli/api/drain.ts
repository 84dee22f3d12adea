import type { ApiClient } from './client.ts';
import { object, text } from './json.ts';

const PATH = '/providers/Microsoft.VirtualMachineImages/drain';

export type DrainState = { readonly drained: boolean; readonly since: string; readonly reason: string };

export async function readDrain(client: ApiClient): Promise<DrainState> {
  return parse((await client.call(PATH)).body);
}

/** Closing what is closed keeps since when it is. */
export async function startDrain(client: ApiClient, reason: string): Promise<DrainState> {
  return parse((await client.call(PATH, { method: 'PUT', json: { reason } })).body);
}

export async function endDrain(client: ApiClient): Promise<void> {
  await client.call(PATH, { method: 'DELETE' });
}

function parse(body: unknown): DrainState {
  const { drained, since, reason } = object(body);
  return { drained: drained === true, since: text(since) ?? '', reason: text(reason) ?? '' };
}
