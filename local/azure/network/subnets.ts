import { requireResource, resourceNotFound } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { ok, param, type Answer, type ArmRequest, type Route } from '../http/route.ts';
import { listAt, sameText, textAt, type JsonObject } from '../json.ts';
import { accept } from '../operations/headers.ts';
import { parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';
import { checkUnused } from './rules.ts';
import { toSubnet } from './virtual-network.ts';

const NETWORK =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}';

export const SUBNET_ROUTES: readonly Route[] = [
  {
    operation: 'Subnets_List',
    method: 'GET',
    path: `${NETWORK}/subnets`,
    handle: (request, cloud) =>
      ok({ value: listAt(requireResource(cloud, request.id).body, 'properties.subnets') }),
  },
  { operation: 'Subnets_Get', method: 'GET', path: `${NETWORK}/subnets/{subnetName}`, handle: get },
  {
    operation: 'Subnets_CreateOrUpdate',
    method: 'PUT',
    path: `${NETWORK}/subnets/{subnetName}`,
    handle: put,
  },
  { operation: 'Subnets_Delete', method: 'DELETE', path: `${NETWORK}/subnets/{subnetName}`, handle: remove },
];

function network(request: ArmRequest, cloud: Cloud): Resource {
  return requireResource(cloud, parentOf(request.id));
}

/** The subnet with this id, when its network has one of that name. */
export function findSubnet(cloud: Cloud, id: string): JsonObject | undefined {
  const subnets = listAt(cloud.resources.get(parentOf(id))?.body, 'properties.subnets');
  return subnets.find((subnet) => sameText(textAt(subnet, 'id'), id));
}

function get(request: ArmRequest, cloud: Cloud): Answer {
  network(request, cloud);
  const subnet = findSubnet(cloud, request.id);
  if (subnet === undefined) throw resourceNotFound(request.id);
  return ok(subnet);
}

function put(request: ArmRequest, cloud: Cloud): Answer {
  const parent = network(request, cloud);
  const existing = findSubnet(cloud, request.id);
  const name = param(request, 'subnetName');
  const subnet = toSubnet(cloud, parent.id, { ...request.body, name });
  save(cloud, parent, request.id, subnet);
  const work = { subject: parent.id, run: () => undefined };
  return accept(request, cloud, work, { status: existing === undefined ? 201 : 200, body: subnet });
}

function remove(request: ArmRequest, cloud: Cloud): Answer {
  const parent = network(request, cloud);
  if (findSubnet(cloud, request.id) === undefined) return { status: 204 };
  checkUnused(cloud, { id: request.id, body: {}, state: {} });
  save(cloud, parent, request.id, undefined);
  return accept(
    request,
    cloud,
    { subject: parent.id, run: () => undefined },
    { status: 202, location: true },
  );
}

function save(cloud: Cloud, parent: Resource, id: string, subnet: JsonObject | undefined): void {
  const others = listAt(parent.body, 'properties.subnets').filter(
    (other) => !sameText(textAt(other, 'id'), id),
  );
  const subnets = subnet === undefined ? others : [...others, subnet];
  cloud.resources.change(parent.id, { properties: { subnets } });
}
