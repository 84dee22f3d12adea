import type { Cloud } from '../cloud.ts';
import { badRequest } from '../http/errors.ts';
import { listAt, textAt } from '../json.ts';
import { keyOf, nameOf, subscriptionOf, typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** Refuses to delete what another resource of the subscription still names, in the service's words for each type. */
export function checkUnused(cloud: Cloud, resource: Resource): void {
  const { id } = resource;
  const type = typeOf(id).split('/').at(-1)?.toLowerCase() ?? '';
  if (type === 'virtualnetworks') {
    for (const subnet of listAt(resource.body, 'properties.subnets'))
      checkSubnetUnused(cloud, textAt(subnet, 'id') ?? '');
    return;
  }
  const users = usersOf(cloud, id);
  const [user] = users;
  if (user === undefined) return;
  throw badRequest(...(WORDS[type] ?? inUse)(id, user, users));
}

export function checkSubnetUnused(cloud: Cloud, id: string): void {
  const [user] = usersOf(cloud, id);
  if (user === undefined) return;
  throw badRequest(
    'InUseSubnetCannotBeDeleted',
    `Subnet ${nameOf(id)} is in use by ${user.part} and cannot be deleted. In order to delete the subnet, delete all the ` +
      'resources within the subnet. See aka.ms/deletesubnet.',
  );
}

/** A resource that names another one, and which part of it does. */
type User = { readonly id: string; readonly part: string };
type Words = (id: string, user: User, users: readonly User[]) => [code: string, message: string];

const WORDS: Readonly<Record<string, Words>> = {
  networksecuritygroups: (id, _, users) => [
    'InUseNetworkSecurityGroupCannotBeDeleted',
    `Network security group ${id} cannot be deleted because it is in use by the following resources: ` +
      `${users.map((user) => user.id).join(', ')}. In order to delete the Network security group, remove the association ` +
      'with the resource(s). To learn how to do this, see aka.ms/deletensg.',
  ],
  networkinterfaces: (id, user) => [
    'NicInUse',
    `Network Interface ${id} is used by existing resource ${user.id}. In order to delete the network interface, it must be ` +
      'dissociated from the resource. To learn more, see aka.ms/deletenic.',
  ],
  publicipaddresses: (id, user) => [
    'PublicIPAddressCannotBeDeleted',
    `Public IP address ${id} can not be deleted since it is still allocated to resource ${user.part}. In order to delete ` +
      'the public IP, disassociate/detach the Public IP address from the resource.  To learn how to do this, see ' +
      'aka.ms/deletepublicip.',
  ],
};

const inUse: Words = (id, user) => [
  'InUseNatGatewayCannotBeDeleted',
  `${nameOf(id)} cannot be deleted because it is in use by ${user.id}. In order to delete it, dissociate the resource first.`,
];

function usersOf(cloud: Cloud, id: string): User[] {
  const wanted = keyOf(id);
  return cloud.resources
    .list(`/subscriptions/${subscriptionOf(id)}`)
    .filter((other) => keyOf(other.id) !== wanted && refersTo(other, wanted))
    .map((other) => ({ id: other.id, part: partOf(other, wanted) }));
}

/** Ids appear as whole strings or, for a subnet of a network, as the start of one. Family does not count as use. */
function refersTo(other: Resource, wanted: string): boolean {
  const key = keyOf(other.id);
  if (key.startsWith(`${wanted}/`) || wanted.startsWith(`${key}/`)) return false;
  return names(other.body['properties'] ?? {}, wanted);
}

function names(value: unknown, wanted: string): boolean {
  const text = JSON.stringify(value).toLowerCase();
  return text.includes(`"${wanted}"`) || text.includes(`"${wanted}/`);
}

function partOf({ id, body }: Resource, wanted: string): string {
  const part = listAt(body, 'properties.ipConfigurations').find((configuration) =>
    names(configuration['properties'] ?? {}, wanted),
  );
  return textAt(part, 'id') ?? id;
}
