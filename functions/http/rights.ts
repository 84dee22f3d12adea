import { mayWithin } from '../../shared/access/policy.ts';
import { lookAtRights, type RightsLook, scopesToAsk } from '../../shared/views/rights.ts';
import type { Exchange } from './exchange.ts';

/**
 * Which rights the identity of Kiln has beyond those that the deployment gives it, at scopes of which the caller may see something.
 * Undefined when the deployment does not say what it gives: local mode, and a deployment of an older `infra/`.
 */
export async function rightsOf(exchange: Exchange): Promise<RightsLook | undefined> {
  const { rights, commands, views, azure, caller } = exchange;
  if (rights === undefined) return undefined;
  const { store, gate } = commands;
  const [note, subscriptions] = await Promise.all([store.rights.get(), store.subscriptions.list()]);
  const scopes = scopesToAsk(rights, note?.value.scopes ?? [], subscriptions);
  const own = scopes.filter((scope) => mayWithin(gate.policy, caller, 'read', scope));
  return lookAtRights(rights, own, (scope) =>
    views.permissions(scope, () => azure(scope.split('/')[2] ?? '').permissions.at(scope)),
  );
}
