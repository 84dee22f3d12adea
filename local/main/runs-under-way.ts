import { clientToken } from './client-token.ts';
import type { Endpoints } from './endpoints-file.ts';

const API_VERSION = '2026-11-01';
/** Somebody who stops local mode does not wait for a host that does not answer. */
const PATIENCE_MS = 1500;

/** What a stop cuts off, in a line for people; undefined when that is nothing, or cannot be found out. */
export async function whatStopCuts(endpoints: Endpoints): Promise<string | undefined> {
  const count = await countRuns(endpoints).catch(() => 0);
  if (count === 0) return undefined;
  const runs = count === 1 ? '1 run is' : `${count} runs are`;
  return `${runs} under way. The machines stop now: started again, a run whose step is cut off ends with that cause, and any other goes on.`;
}

async function countRuns(endpoints: Endpoints): Promise<number> {
  const { api, audience, subscriptionId } = endpoints;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const headers = { authorization: `Bearer ${await clientToken(endpoints, audience, signal)}` };
  const list = `${api}/subscriptions/${subscriptionId}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
  let count = 0;
  for (let url: string | undefined = `${list}?api-version=${API_VERSION}`; url !== undefined;) {
    const answer: unknown = await (await fetch(url, { headers, signal })).json();
    count += valuesOf(answer).filter(isRunning).length;
    url = textAt(answer, 'nextLink');
  }
  return count;
}

function valuesOf(answer: unknown): readonly unknown[] {
  const value = at(answer, 'value');
  return Array.isArray(value) ? value : [];
}

function isRunning(template: unknown): boolean {
  return textAt(at(at(template, 'properties'), 'lastRunStatus'), 'runState') === 'Running';
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === 'string' ? found : undefined;
}
