import { actorOf, type Principal, UNKNOWN } from '../model/principal.ts';
import type { Store } from '../ports/store.ts';
import type { AuditEntry } from '../model/documents/audit-entry.ts';

type Recorder = { readonly store: Pick<Store, 'audit'>; readonly log: (line: string) => void };

/** Writes down who asked for a change, in the audit and in the log. `by` absent: an older version of Kiln began it. */
export async function record(
  { store, log }: Recorder,
  entry: Omit<AuditEntry, 'by'>,
  by: Principal = UNKNOWN,
): Promise<void> {
  const line: AuditEntry = { ...entry, by: actorOf(by) };
  await store.audit.append(line);
  log(`audit ${JSON.stringify(line)}`);
}
