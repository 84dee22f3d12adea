import type { ResourceId } from '../model/template.ts';
import { idIn } from './addresses.ts';
import { textAt } from './answer.ts';
import { apiVersionOf } from './api-versions.ts';
import type { Connection } from './clients.ts';
import { startResource } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure, StartedOperation, Tags } from '../ports/azure.ts';

type GenericBody = {
  readonly location: string;
  readonly tags: Tags;
  readonly properties: Record<string, unknown>;
};

/** Refuses every connection from outside and from the virtual network: the agent calls out, nothing calls in. */
const DENY_INBOUND = {
  name: 'deny-inbound',
  properties: {
    priority: 4096,
    direction: 'Inbound',
    access: 'Deny',
    protocol: '*',
    sourceAddressPrefix: '*',
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
    destinationPortRange: '*',
  },
};

/**
 * By generic requests: two resources do not earn the network SDK's 64 MB. No network interface either, the machine's
 * own request declares it.
 */
export function networkOf(connection: Connection): Azure['network'] {
  return {
    async startSecurityGroup(group, name, location, tags) {
      const id = idIn(connection, group, `Microsoft.Network/networkSecurityGroups/${name}`);
      return await put(connection, id, { location, tags, properties: { securityRules: [DENY_INBOUND] } });
    },
    async startNetwork(group, name, { location, tags, securityGroup, isolated }) {
      const id = idIn(connection, group, `Microsoft.Network/virtualNetworks/${name}`);
      const subnet = {
        name: 'build',
        properties: {
          addressPrefix: '10.243.0.0/26',
          networkSecurityGroup: {
            id: idIn(connection, group, `Microsoft.Network/networkSecurityGroups/${securityGroup}`),
          },
          // Said explicitly, because newer api-versions make subnets private unless they hear otherwise:
          // https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
          defaultOutboundAccess: !isolated,
        },
      };
      const properties = { addressSpace: { addressPrefixes: ['10.243.0.0/24'] }, subnets: [subnet] };
      return await put(connection, id, { location, tags, properties });
    },
  };
}

async function put(connection: Connection, id: ResourceId, body: GenericBody): Promise<StartedOperation> {
  const { resources } = connection.resources;
  const [path, apiVersion] = [id.slice(1), apiVersionOf(id)];
  const existing = await orUndefined(resources.getById(path, apiVersion));
  const state = textAt(existing?.properties, 'provisioningState') ?? 'Succeeded';
  const adopted = existing && adopt(connection, id, body.tags, { tags: existing.tags ?? {}, state });
  return (
    adopted ??
    (await startResource(connection, (options) =>
      resources.createOrUpdateById(path, apiVersion, { ...body, tags: { ...body.tags } }, options),
    ))
  );
}
