import { inParallel } from '../parallel.ts';
import type { DeployedRights, Permission } from '../model/rights.ts';
import { KILN_ROLES } from './kiln-roles.ts';

/** Rights at a scope that the deployment does not give there. */
export type Excess = {
  readonly scope: string;
  /** Of a role of Kiln; absent: another role. */
  readonly role?: string;
  readonly actions: readonly string[];
};

export type RightsLook = {
  readonly deployed: DeployedRights;
  /** Scopes that were asked. */
  readonly asked: number;
  /** Scopes for which there was no place. */
  readonly left: number;
  readonly excess: readonly Excess[];
};

/** What the identity may do at a scope; none where it has no right to ask, or where there is no such scope. */
export type AskRights = (scope: string) => Promise<readonly Permission[]>;

/** Scopes that are asked: one read of ARM each, kept for minutes. */
const MOST = 40;

/**
 * Subscriptions, then groups: those that the deployment names, those that it has named before, and subscriptions in which there are
 * templates. The id of a group begins with that of its subscription.
 */
export function scopesToAsk(
  { subscriptionId, buildSubscriptionId, stagingGroupIds, imageGroupIds }: DeployedRights,
  before: readonly string[],
  subscriptions: readonly string[],
): string[] {
  const groups = [...stagingGroupIds, ...imageGroupIds, ...before.filter(isGroup)];
  const above = [subscriptionId, buildSubscriptionId, ...subscriptions]
    .filter((id) => id !== '')
    .map((id) => `/subscriptions/${id}`);
  const named = [...above, ...before.filter((scope) => !isGroup(scope)), ...groups.map(subscriptionOf)];
  return [...new Set([...named, ...groups].map((scope) => scope.toLowerCase()))];
}

/** Asks each scope once, and compares what the identity may do there with what the deployment gives it. */
export async function lookAtRights(
  deployed: DeployedRights,
  scopes: readonly string[],
  ask: AskRights,
): Promise<RightsLook> {
  const chosen = scopes.slice(0, MOST);
  const found = new Map(await inParallel(chosen, async (scope) => [scope, await ask(scope)] as const));
  const excess = chosen.flatMap((scope) => {
    const above = isGroup(scope) ? (found.get(subscriptionOf(scope)) ?? []) : [];
    // What a group has from its subscription is told of there.
    const inherited = new Set(above.map(keyOf));
    const own = (found.get(scope) ?? []).filter((one) => !inherited.has(keyOf(one)));
    return excessAt(deployed, scope, own);
  });
  return { deployed, asked: chosen.length, left: scopes.length - chosen.length, excess };
}

function excessAt(deployed: DeployedRights, scope: string, permissions: readonly Permission[]): Excess[] {
  const roles = rolesAt(deployed, scope);
  const right = new Set(roles.flatMap((name) => actionsOf(name)));
  return permissions.flatMap(({ actions }) => {
    const more = actions.filter((action) => !right.has(action.toLowerCase()));
    if (more.length === 0) return [];
    const role = KILN_ROLES.find(({ name }) => sameActions(actionsOf(name), actions))?.name;
    return [{ scope, ...(role !== undefined && { role }), actions: more }];
  });
}

/** The roles that `infra/modules/permissions.bicep` assigns at a scope or above it. */
function rolesAt(
  { buildSubscriptionId, stagingGroupIds, imageGroupIds }: DeployedRights,
  scope: string,
): string[] {
  const has = (ids: readonly string[]) => ids.some((id) => id.toLowerCase() === scope);
  const subscription = subscriptionOf(scope);
  const isBuild = subscription === `/subscriptions/${buildSubscriptionId.toLowerCase()}`;
  const isStaging = stagingGroupIds.some((id) => subscriptionOf(id.toLowerCase()) === subscription);
  return [
    ...(isBuild || isStaging ? ['Kiln Catalogue Reader'] : []),
    ...(isBuild ? ['Kiln Group Maker', 'Kiln Builder'] : []),
    ...(has(stagingGroupIds) ? ['Kiln Builder'] : []),
    ...(has(imageGroupIds) ? ['Kiln Publisher'] : []),
  ];
}

function actionsOf(role: string): string[] {
  const { actions = [] } = KILN_ROLES.find(({ name }) => name === role) ?? {};
  return actions.map(({ action }) => action.toLowerCase());
}

function sameActions(role: readonly string[], given: readonly string[]): boolean {
  return keyOf({ actions: role, notActions: [] }) === keyOf({ actions: given, notActions: [] });
}

function keyOf({ actions, notActions }: Permission): string {
  const sorted = (list: readonly string[]) => list.map((one) => one.toLowerCase()).toSorted();
  return JSON.stringify([sorted(actions), sorted(notActions)]);
}

const isGroup = (scope: string): boolean => scope.split('/').length > 3;
const subscriptionOf = (scope: string): string => scope.split('/').slice(0, 3).join('/');
