import type { Cloud } from '../cloud.ts';
import { ok, type Route } from '../http/route.ts';
import type { JsonObject } from '../json.ts';

export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  {
    operation: 'Subscriptions_List',
    method: 'GET',
    path: '/subscriptions',
    handle: (_, cloud) => ok({ value: [subscription(cloud)], count: { type: 'Total', value: 1 } }),
  },
  {
    operation: 'Subscriptions_Get',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}',
    handle: (_, cloud) => ok(subscription(cloud)),
  },
  {
    operation: 'Subscriptions_ListLocations',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/locations',
    handle: (_, cloud) => ok({ value: cloud.profile.locations.map((name) => location(cloud, name)) }),
  },
  {
    operation: 'Tenants_List',
    method: 'GET',
    path: '/tenants',
    handle: (_, cloud) =>
      ok({
        value: [{ id: `/tenants/${cloud.tenantId}`, tenantId: cloud.tenantId, displayName: 'Kiln local' }],
      }),
  },
];

function subscription({ subscriptionId, tenantId }: Cloud): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName: 'Kiln local',
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'Local',
      spendingLimit: 'Off',
    },
  };
}

function location({ subscriptionId }: Cloud, name: string): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    type: 'Region',
    displayName: name,
    regionalDisplayName: name,
    metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
  };
}
