import type { ResourceSku } from '@azure/arm-compute';
import { KilnError } from '../errors/failure.ts';
import { region as canonicalRegion } from '../model/convert.ts';
import type { ResourceId } from '../model/template.ts';
import { listAt, textAt } from './answer.ts';
import { apiVersionOf } from './api-versions.ts';
import type { Catalogue, VmSize } from '../ports/catalogue.ts';
import type { Connection } from './clients.ts';
import { orUndefined } from './ownership.ts';

const SUBSCRIPTIONS = '2022-12-01';

export function catalogueOf(connection: Connection): Catalogue {
  const { origin, subscriptionId } = connection;
  return {
    async regions() {
      const url = `${origin}/subscriptions/${subscriptionId}/locations?api-version=${SUBSCRIPTIONS}`;
      const { body } = await connection.get(url);
      return listAt(body, 'value').flatMap((one) => textAt(one, 'name')?.toLowerCase() ?? []);
    },
    async sizes(location) {
      const found = [];
      // Without the filter the answer has every size of every region: some 30 MB.
      for await (const sku of connection.compute.resourceSkus.list({ filter: `location eq '${location}'` }))
        if (sku.resourceType === 'virtualMachines' && isIn(sku, location)) found.push(sizeOf(sku, location));
      return found;
    },
    async usages(location) {
      const found = [];
      for await (const { name, currentValue, limit } of connection.compute.usage.list(location))
        found.push({ name: name.value ?? '', used: currentValue, limit });
      return found;
    },
    async group(id) {
      const url = `${origin}${encodeURI(id)}?api-version=${apiVersionOf(id)}`;
      try {
        await connection.get(url);
        return true;
      } catch (error) {
        const isGroup = error instanceof KilnError && error.failure.azure?.code === 'ResourceGroupNotFound';
        if (isGroup) return undefined;
        throw error;
      }
    },
    subnet: async (id) => await findSubnet(connection, id),
  };
}

/** One read of the network, which knows its region and its subnets. */
async function findSubnet(
  connection: Connection,
  id: ResourceId,
): Promise<{ readonly location: string } | undefined> {
  const [network = '', name = ''] = id.split(/\/subnets\//i);
  const url = `${connection.origin}${encodeURI(network)}?api-version=${apiVersionOf(network)}`;
  const answer = await orUndefined(connection.get(url));
  const subnets = listAt(answer?.body, 'properties', 'subnets');
  if (!subnets.some((one) => textAt(one, 'name')?.toLowerCase() === name.toLowerCase())) return undefined;
  return { location: canonicalRegion(textAt(answer?.body, 'location') ?? '') };
}

function isIn({ locations = [] }: ResourceSku, location: string): boolean {
  return locations.some((one) => canonicalRegion(one) === location);
}

/** https://learn.microsoft.com/rest/api/compute/resource-skus/list */
function sizeOf(sku: ResourceSku, location: string): VmSize {
  const has = (name: string) => sku.capabilities?.find((one) => one.name === name)?.value;
  const restriction = sku.restrictions?.find(
    ({ type, values = [] }) => type === 'Location' && values.some((one) => canonicalRegion(one) === location),
  );
  return {
    name: sku.name ?? '',
    family: sku.family ?? '',
    cores: Number(has('vCPUs') ?? 0),
    generations: (has('HyperVGenerations') ?? 'V1').split(','),
    architecture: has('CpuArchitectureType') === 'Arm64' ? 'Arm64' : 'x64',
    trustedLaunch: has('TrustedLaunchDisabled')?.toLowerCase() !== 'true',
    ...(restriction && { restricted: restriction.reasonCode ?? 'NotAvailable' }),
  };
}
