import { createHash } from 'node:crypto';
import type { AccessPolicy } from '../access/policy.ts';
import type { Principal } from '../model/principal.ts';
import type { Store } from '../ports/store.ts';
import { isLostRace } from '../ports/lost-race.ts';
import { record } from './record.ts';

type Noting = {
  readonly store: Store;
  readonly gate: { readonly policy: AccessPolicy };
  readonly actor: Principal;
  readonly now: () => Date;
  readonly log: (line: string) => void;
};

/** Writes down that the access policy is another one than before. It is a setting: who changed it knows Azure's activity log. */
export async function noteAccess(context: Noting): Promise<void> {
  const { store, gate, actor, now } = context;
  const { mode, rules } = gate.policy;
  const sha256 = createHash('sha256').update(JSON.stringify(gate.policy)).digest('hex');
  const known = await store.access.get();
  if (known?.value.sha256 === sha256) return;
  const at = now().toISOString();
  const detail = `mode ${mode}, ${rules.length} rules, SHA-256 ${sha256}`;
  await record(context, { id: `access/${at}`, at, action: 'access.change', resource: '/', detail }, actor);
  try {
    await store.access.put({ schema: 1, sha256, at }, known === undefined ? 'absent' : { etag: known.etag });
  } catch (error) {
    // Another instance has written it down as well.
    if (!isLostRace(error)) throw error;
  }
}
