import type { DeployedRights } from '../model/rights.ts';
import { isLostRace } from '../ports/lost-race.ts';
import type { Store } from '../ports/store.ts';
import { scopesToAsk } from '../views/rights.ts';

/** Names that are kept: a deployment has some, and changes them now and then. */
const MOST = 500;

/** Keeps the scopes that the deployment names, for the day when it names them no more. */
export async function noteRights(
  { rights }: Pick<Store, 'rights'>,
  deployed: DeployedRights | undefined,
): Promise<void> {
  if (deployed === undefined) return;
  const known = await rights.get();
  const before = known?.value.scopes ?? [];
  const scopes = [...new Set([...scopesToAsk(deployed, [], []), ...before])].slice(0, MOST);
  if (scopes.length === before.length) return;
  try {
    await rights.put({ schema: 1, scopes }, known === undefined ? 'absent' : { etag: known.etag });
  } catch (error) {
    // Another instance has noted it as well, or the next round does.
    if (!isLostRace(error)) throw error;
  }
}
