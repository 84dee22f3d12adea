import { type AccessPolicy, may } from '../access/policy.ts';
import type { Principal } from '../model/principal.ts';
import { contains, scopePath } from '../access/scope.ts';
import type { Store } from '../ports/store.ts';
import type { AuditEntry } from '../model/documents/audit-entry.ts';

export type AuditQuery = {
  /** ARM id of a subscription, group or template; `/` for all. */
  readonly scope: string;
  readonly from: Date;
  readonly to: Date;
  readonly limit: number;
  /** Where the page before ended: `last` of its answer. */
  readonly after?: string;
};

/** Newest first. What the reader may not see is not there, and not counted: `last` is the key of an entry of its own. */
export async function readAudit(
  { audit }: Pick<Store, 'audit'>,
  { policy, reader }: { readonly policy: AccessPolicy; readonly reader: Principal },
  { scope, from, to, limit, after }: AuditQuery,
): Promise<{ entries: AuditEntry[]; last?: string }> {
  const path = scopePath(scope);
  const [start, end] = [from.toISOString(), to.toISOString()];
  const isWanted = (entry: AuditEntry): boolean =>
    entry.at >= start &&
    entry.at < end &&
    (after === undefined || keyOf(entry) < after) &&
    contains(path, scopePath(entry.resource)) &&
    may(policy, reader, 'read', entry.resource);
  const found: AuditEntry[] = [];
  for (const hour of await audit.hours(start, after?.split(' ')[0] ?? end)) {
    const entries = distinct(await audit.read(hour)).filter(isWanted);
    found.push(...entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1)));
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { entries: page, ...(last !== undefined && { last: keyOf(last) }) };
}

/** In the order of time. */
const keyOf = ({ at, id }: AuditEntry): string => `${at} ${id}`;

function distinct(entries: readonly AuditEntry[]): AuditEntry[] {
  const first = new Map<string, AuditEntry>();
  for (const entry of entries) if (!first.has(entry.id)) first.set(entry.id, entry);
  return [...first.values()];
}
