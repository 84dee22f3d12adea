import { randomUUID } from 'node:crypto';
import type { Preparation } from '../arm/plain-resource.ts';
import type { Cloud } from '../cloud.ts';
import { badRequest, invalidParameter } from '../http/errors.ts';
import { listAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { keyOf } from '../store/ids.ts';
import { findSubnet } from './subnets.ts';

/** A network interface with an address of its subnet. */
export function prepareInterface({ id, body, existing, cloud }: Preparation): JsonObject {
  const properties = objectAt(body, 'properties');
  const ipConfigurations = listAt(properties, 'ipConfigurations').map((configuration) =>
    toIpConfiguration(cloud, id, configuration),
  );
  if (ipConfigurations.length === 0)
    throw badRequest('InvalidRequestFormat', `Network interface ${id} needs an ipConfiguration.`);
  return {
    ...properties,
    ipConfigurations,
    dnsSettings: { dnsServers: [], appliedDnsServers: [] },
    enableAcceleratedNetworking: false,
    enableIPForwarding: false,
    primary: true,
    resourceGuid: textAt(existing?.body, 'properties.resourceGuid') ?? randomUUID(),
  };
}

function toIpConfiguration(cloud: Cloud, id: string, configuration: JsonObject): JsonObject {
  const name = textAt(configuration, 'name') ?? '';
  const properties = objectAt(configuration, 'properties');
  const subnetId = textAt(properties, 'subnet.id');
  const subnet = subnetId === undefined ? undefined : findSubnet(cloud, subnetId);
  if (subnet === undefined)
    throw badRequest(
      'InvalidResourceReference',
      `Resource ${subnetId ?? '(none)'} referenced by resource ${id} was not found. Please make sure that the ` +
        'referenced resource exists, and that both resources are in the same region.',
    );
  return {
    id: `${id}/ipConfigurations/${name}`,
    name,
    type: 'Microsoft.Network/networkInterfaces/ipConfigurations',
    properties: {
      privateIPAllocationMethod: 'Dynamic',
      privateIPAddressVersion: 'IPv4',
      privateIPAddress: freeAddress(cloud, subnet, id),
      primary: true,
      ...properties,
    },
  };
}

/** Azure keeps the first four addresses of a subnet; interfaces get the following ones in turn. */
function freeAddress(cloud: Cloud, subnet: JsonObject, own: string): string {
  const prefix = textAt(subnet, 'properties.addressPrefix') ?? '10.0.0.0/24';
  const [network = '', bits = '24'] = prefix.split('/');
  const octets = network.split('.').map(Number);
  if (octets.length !== 4) throw invalidParameter(`Address prefix '${prefix}' is not an IPv4 range.`);
  const first = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const subnetId = textAt(subnet, 'id') ?? '';
  const taken = new Set(addressesIn(cloud, subnetId, own));
  for (let offset = 4; offset < 2 ** (32 - Number(bits)) - 1; offset += 1) {
    const candidate = dotted(first + offset);
    if (!taken.has(candidate)) return candidate;
  }
  throw badRequest(
    'SubnetIsFull',
    `Subnet ${subnetId} with address prefix ${prefix} does not have enough capacity.`,
  );
}

function addressesIn(cloud: Cloud, subnetId: string, own: string): string[] {
  return cloud.resources
    .list(`/subscriptions/${cloud.subscriptionId}`, 'Microsoft.Network/networkInterfaces')
    .filter((other) => keyOf(other.id) !== keyOf(own))
    .flatMap(({ body }) => listAt(body, 'properties.ipConfigurations'))
    .filter((ip) => keyOf(textAt(ip, 'properties.subnet.id') ?? '') === keyOf(subnetId))
    .map((ip) => textAt(ip, 'properties.privateIPAddress') ?? '');
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
