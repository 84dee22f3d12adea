import type { Cloud } from '../cloud.ts';
import { badRequest } from '../http/errors.ts';
import { keyOf, nameOf, subscriptionOf, typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** Refuses to delete what another resource of the subscription still names. */
export function checkUnused(cloud: Cloud, resource: Resource): void {
  const wanted = keyOf(resource.id);
  const user = cloud.resources
    .list(`/subscriptions/${subscriptionOf(resource.id)}`)
    .find((other) => keyOf(other.id) !== wanted && refersTo(other, wanted));
  if (user === undefined) return;
  const type = typeOf(resource.id).split('/').at(-1) ?? '';
  throw badRequest(
    CODES[type.toLowerCase()] ?? 'InUseResourceCannotBeDeleted',
    `${type} ${nameOf(resource.id)} cannot be deleted because it is in use by ${user.id}. In order to delete it, ` +
      'dissociate the resource first.',
  );
}

const CODES: Readonly<Record<string, string>> = {
  networksecuritygroups: 'InUseNetworkSecurityGroupCannotBeDeleted',
  virtualnetworks: 'InUseSubnetCannotBeDeleted',
  networkinterfaces: 'NicInUse',
  publicipaddresses: 'PublicIPAddressCannotBeDeleted',
  natgateways: 'InUseNatGatewayCannotBeDeleted',
};

/** Ids appear as whole strings or, for a subnet of a network, as the start of one. Family does not count as use. */
function refersTo(other: Resource, wanted: string): boolean {
  const key = keyOf(other.id);
  if (key.startsWith(`${wanted}/`) || wanted.startsWith(`${key}/`)) return false;
  const text = JSON.stringify(other.body['properties'] ?? {}).toLowerCase();
  return text.includes(`"${wanted}"`) || text.includes(`"${wanted}/`);
}
