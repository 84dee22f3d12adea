// Request bodies as the app sends them.
import type { RunningCloud } from './support.ts';
import { LOCATION } from './support.ts';

export const UBUNTU = {
  publisher: 'Canonical',
  offer: 'ubuntu-24_04-lts',
  sku: 'server',
  version: '24.04.202610150',
};
export const DEBIAN_V1 = { publisher: 'Debian', offer: 'debian-12', sku: '12', version: 'latest' };

export type VmOptions = {
  readonly size?: string;
  readonly imageReference?: Record<string, string>;
  readonly trustedLaunch?: boolean;
  readonly more?: Record<string, unknown>;
};

export function vmBody(subnetId: string, options: VmOptions = {}) {
  const linux = {
    disablePasswordAuthentication: true,
    provisionVMAgent: true,
    ssh: { publicKeys: [{ path: '/home/kiln/.ssh/authorized_keys', keyData: 'ssh-ed25519 AAAA' }] },
  };
  return {
    location: LOCATION,
    tags: { 'kiln-run': 'r1' },
    properties: {
      hardwareProfile: { vmSize: options.size ?? 'Standard_D2as_v5' },
      ...(options.trustedLaunch === true
        ? {
            securityProfile: {
              securityType: 'TrustedLaunch',
              uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
            },
          }
        : {}),
      storageProfile: {
        imageReference: options.imageReference ?? UBUNTU,
        osDisk: {
          name: 'os',
          createOption: 'FromImage' as const,
          deleteOption: 'Delete' as const,
          caching: 'ReadWrite' as const,
          managedDisk: { storageAccountType: 'StandardSSD_LRS' },
        },
      },
      osProfile: { computerName: 'kiln', adminUsername: 'kiln', linuxConfiguration: linux },
      networkProfile: {
        networkApiVersion: '2022-11-01',
        networkInterfaceConfigurations: [
          {
            name: 'nic',
            properties: {
              primary: true,
              deleteOption: 'Delete' as const,
              ipConfigurations: [{ name: 'ip', properties: { subnet: { id: subnetId } } }],
            },
          },
        ],
      },
      diagnosticsProfile: { bootDiagnostics: { enabled: true } },
      ...options.more,
    },
  };
}

/** A group with a network; gives the group's path and the subnet's id. */
export async function stage(cloud: RunningCloud, name: string) {
  const group = `/resourceGroups/${name}`;
  await cloud.call('PUT', group, { location: LOCATION, tags: { 'kiln-run': 'r1' } });
  const network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet`;
  await cloud.settle('PUT', network, {
    location: LOCATION,
    properties: {
      addressSpace: { addressPrefixes: ['10.243.0.0/24'] },
      subnets: [
        { name: 'build', properties: { addressPrefix: '10.243.0.0/26', defaultOutboundAccess: true } },
      ],
    },
  });
  const compute = `${group}/providers/Microsoft.Compute`;
  const id = (target: string) => `/subscriptions/${cloud.subscriptionId}${target}`;
  return { group, compute, network, subnetId: id(`${network}/subnets/build`), id };
}

/** A VM that runs, or one that is generalized. */
export async function makeVm(
  cloud: RunningCloud,
  staged: { compute: string; subnetId: string },
  { name = 'vm', generalized = false, ...options }: VmOptions & { name?: string; generalized?: boolean } = {},
): Promise<string> {
  const vm = `${staged.compute}/virtualMachines/${name}`;
  const body = vmBody(staged.subnetId, options);
  body.properties.storageProfile.osDisk.name = `${name}-os`;
  const outcome = await cloud.settle('PUT', vm, body);
  if (outcome['status'] !== 'Succeeded') throw new Error(JSON.stringify(outcome));
  if (!generalized) return vm;
  await cloud.settle('POST', `${vm}/deallocate`);
  await cloud.call('POST', `${vm}/generalize`);
  return vm;
}

/** Gallery `g` with definition `d`; gives the path of the definition. */
export async function makeGallery(cloud: RunningCloud, compute: string, more: Record<string, unknown> = {}) {
  await cloud.settle('PUT', `${compute}/galleries/g`, { location: LOCATION, properties: {} });
  const definition = `${compute}/galleries/g/images/d`;
  await cloud.settle('PUT', definition, {
    location: LOCATION,
    properties: {
      osType: 'Linux',
      osState: 'Generalized',
      hyperVGeneration: 'V2',
      architecture: 'x64',
      identifier: { publisher: 'p', offer: 'o', sku: 's' },
      ...more,
    },
  });
  return definition;
}

export function versionBody(
  source: Record<string, unknown>,
  regions: readonly string[] = [LOCATION],
  more = {},
) {
  return {
    location: LOCATION,
    properties: {
      publishingProfile: {
        targetRegions: regions.map((name) => ({ name, regionalReplicaCount: 1 })),
        excludeFromLatest: true,
        ...more,
      },
      storageProfile: { source },
      safetyProfile: { allowDeletionOfReplicatedLocations: false },
    },
  };
}
