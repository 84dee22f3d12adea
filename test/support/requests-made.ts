import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const CHANNEL = 'http.client.request.start';

/** What this process asks for by HTTP while something is done: "GET /path?query", one a request. */
export async function requestsMade(work: () => Promise<unknown>): Promise<string[]> {
  const made: string[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    made.push(`${request.method} ${request.path}`);
  };
  subscribe(CHANNEL, note);
  try {
    await work();
  } finally {
    unsubscribe(CHANNEL, note);
  }
  return made;
}
