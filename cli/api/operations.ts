import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from '../errors.ts';
import { ApiError, retryAfterMs, type ApiClient, type Reply } from './client.ts';
import { object, text } from './json.ts';
import { parseFailure } from './parse.ts';

/** The poll URL of a long-running operation; absent when the service had nothing left to do. */
export function operationUrl(reply: Reply): string | undefined {
  return reply.headers.get('azure-asyncoperation') ?? reply.headers.get('location') ?? undefined;
}

/**
 * Polls until the operation ends. A failed operation throws with the service's own code.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
export async function waitForOperation(client: ApiClient, reply: Reply): Promise<void> {
  const url = operationUrl(reply);
  if (url === undefined) return;
  let wait = retryAfterMs(reply.headers, 500);
  for (;;) {
    await sleep(wait);
    const poll = await client.call(url, { patienceMs: 60_000 });
    const body = object(poll.body);
    const status = text(body['status']) ?? 'Succeeded';
    if (status === 'Succeeded') return;
    if (status === 'Canceled') throw new CliError({ exitCode: EXIT.canceled, message: 'It was canceled.' });
    if (status === 'Failed') {
      const failure = parseFailure(body['error']);
      throw new ApiError(400, failure ?? { code: 'Unknown', message: 'The operation failed.', details: [] });
    }
    wait = retryAfterMs(poll.headers, Math.min(wait * 1.5 + 100, 5000));
  }
}
