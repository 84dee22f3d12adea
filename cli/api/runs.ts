import { CliError, EXIT } from '../errors.ts';
import type { ApiClient } from './client.ts';
import { list, object, text } from './json.ts';
import { parseEntry, parseLogInfo, parseRun } from './parse.ts';
import { templatePath } from './template-id.ts';
import type { LogInfo, Run, TemplateId, TimelineEntry } from './types.ts';

/** The service may be restarting while somebody watches a run; runs survive that, so watching does too. */
const PATIENCE_MS = 120_000;

export const runPath = (template: TemplateId, run: string): string =>
  `${templatePath(template)}/runs/${encodeURIComponent(run)}`;

/** All of a list, page by page. */
async function values(
  client: ApiClient,
  path: string,
  patienceMs: number = PATIENCE_MS,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page = object((await client.call(next, { patienceMs })).body);
    found.push(...list(page['value']));
    next = text(page['nextLink']);
  }
  return found;
}

/** Newest first. */
export async function listRuns(client: ApiClient, template: TemplateId, patienceMs?: number): Promise<Run[]> {
  const found = await values(client, `${templatePath(template)}/runs`, patienceMs);
  return found.flatMap((item) => parseRun(item) ?? []);
}

export async function getRun(client: ApiClient, template: TemplateId, id: string): Promise<Run> {
  const reply = await client.call(runPath(template, id), { patienceMs: PATIENCE_MS });
  const run = parseRun(reply.body);
  if (run === undefined)
    throw new CliError({ exitCode: EXIT.unreachable, message: `The service sent no run for ${id}.` });
  return run;
}

export async function getTimeline(
  client: ApiClient,
  template: TemplateId,
  id: string,
): Promise<TimelineEntry[]> {
  const found = await values(client, `${runPath(template, id)}/timeline`);
  return found.flatMap((item) => parseEntry(item) ?? []);
}

export async function listLogs(client: ApiClient, template: TemplateId, id: string): Promise<LogInfo[]> {
  const found = await values(client, `${runPath(template, id)}/logs`);
  return found.flatMap((item) => parseLogInfo(item) ?? []);
}

/** Starts the distribution of what failed. Throws `ApiError` when there is nothing to retry, or nothing left of it. */
export async function retryRun(client: ApiClient, template: TemplateId, id: string): Promise<void> {
  await client.call(`${runPath(template, id)}/retry`, { method: 'POST' });
}

type RunRef = { readonly template: TemplateId; readonly id: string };

/** Gives what a run has kept another lease from now. */
export async function keepRun(
  client: ApiClient,
  { template, id }: RunRef,
  lease: string,
): Promise<{ readonly keptUntil: string }> {
  const reply = await client.call(`${runPath(template, id)}/keep`, { method: 'POST', json: { lease } });
  return { keptUntil: text(object(reply.body)['keptUntil']) ?? '' };
}

export async function releaseRun(
  client: ApiClient,
  { template, id }: RunRef,
): Promise<{ readonly releasedAt: string }> {
  const reply = await client.call(`${runPath(template, id)}/release`, { method: 'POST' });
  return { releasedAt: text(object(reply.body)['releasedAt']) ?? '' };
}

export type LogChunk = { readonly bytes: Uint8Array; readonly nextOffset: number };

/** Bytes of a log from `offset` on, at most what the service gives at once (1 MiB). Empty at the end. */
export async function readLog(
  client: ApiClient,
  run: RunRef,
  name: string,
  offset: number,
): Promise<LogChunk> {
  const path = `${runPath(run.template, run.id)}/logs/${encodeURIComponent(name)}`;
  const { bytes, headers } = await client.send(path, {
    query: { offset: String(offset) },
    patienceMs: PATIENCE_MS,
  });
  const next = Number(headers.get('x-kiln-next-offset') ?? Number.NaN);
  return { bytes, nextOffset: Number.isFinite(next) ? next : offset + bytes.length };
}
