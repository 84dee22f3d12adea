import type { ApiClient } from './client.ts';
import { compact } from './convert.ts';
import { list, number, object, text } from './json.ts';

/** One change and who asked for it. */
export type AuditEntry = {
  readonly at: string;
  readonly action: string;
  readonly resource: string;
  readonly by: { readonly kind: string; readonly id: string; readonly appId?: string; readonly via: string };
  readonly revision?: number;
  readonly runId?: string;
  readonly detail?: string;
};

type Range = { readonly from?: string; readonly to?: string; readonly limit: number };

/** What was changed below a path of the API, newest first; page after page until there are enough. */
export async function listAudit(
  client: ApiClient,
  path: string,
  { from, to, limit }: Range,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  const query = { ...compact({ from, to }), $top: String(Math.min(limit, 1000)) };
  let reply = await client.call(path, { query });
  for (;;) {
    const { value, nextLink } = object(reply.body);
    found.push(...list(value).map(parseAudit));
    const next = text(nextLink);
    if (next === undefined || found.length >= limit) return found.slice(0, limit);
    reply = await client.call(next);
  }
}

function parseAudit(value: unknown): AuditEntry {
  const entry = object(value);
  const by = object(entry['by']);
  return {
    at: text(entry['at']) ?? '',
    action: text(entry['action']) ?? '',
    resource: text(entry['resource']) ?? '',
    by: {
      kind: text(by['kind']) ?? '',
      id: text(by['id']) ?? '',
      via: text(by['via']) ?? '',
      ...compact({ appId: text(by['appId']) }),
    },
    ...compact({
      revision: number(entry['revision']),
      runId: text(entry['runId']),
      detail: text(entry['detail']),
    }),
  };
}
