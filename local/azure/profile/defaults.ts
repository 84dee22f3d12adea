import type { LocalImage } from '../../machines/machine.ts';
import { RECORDED_BUCKETS } from './recorded-buckets.ts';
import type { Profile, Size } from './profile.ts';

/**
 * Azure seconds: medians of recorded operations of Azure CLI's tests (n from 1 to 95), and for the machine's creation and
 * the removal of a group what people reported; see local/PROFILE.md.
 */
const LATENCY_SECONDS = {
  default: 5,
  ResourceGroups_Delete: 240,
  VirtualMachines_CreateOrUpdate: 60,
  VirtualMachines_Delete: 22,
  VirtualMachines_Deallocate: 18,
  VirtualMachines_Restart: 36,
  VirtualMachines_Start: 13,
  VirtualMachines_PowerOff: 8,
  VirtualMachines_InstallPatches: 300,
  VirtualMachineRunCommands_CreateOrUpdate: 10,
  VirtualMachineRunCommands_Delete: 10,
  Disks_CreateOrUpdate: 0.1,
  Disks_GrantAccess: 0.2,
  Disks_RevokeAccess: 0.2,
  Snapshots_CreateOrUpdate: 0.7,
  Snapshots_GrantAccess: 0.2,
  Snapshots_RevokeAccess: 0.2,
  // Copying a snapshot to another region goes on after the operation has ended.
  CrossRegionSnapshotCopy: 300,
  Images_CreateOrUpdate: 5,
  Images_Delete: 5,
  Galleries_CreateOrUpdate: 0.2,
  GalleryImages_CreateOrUpdate: 0.2,
  GalleryImageVersions_CreateOrUpdate: 429,
  // Any change of a version, even of its safety profile alone: each promotion costs as much.
  GalleryImageVersions_Update: 150,
  GalleryImageVersions_Delete: 135,
};

const LOCATIONS = [
  'westeurope',
  'northeurope',
  'eastus',
  'eastus2',
  'westus',
  'westus2',
  'westus3',
  'centralus',
  'westcentralus',
  'centraluseuap',
  'southcentralus',
  'uksouth',
  'francecentral',
  'germanywestcentral',
  'swedencentral',
  'switzerlandnorth',
  'southeastasia',
  'japaneast',
  'australiaeast',
  'canadacentral',
  'brazilsouth',
  'centralindia',
  'koreacentral',
  'norwayeast',
  'polandcentral',
  'italynorth',
  'uaenorth',
];

type Shape = readonly [vCpus: number, memoryGiB: number];

function size(name: string, family: string, [vCpus, memoryGiB]: Shape, more: Partial<Size> = {}): Size {
  return { name, family, vCpus, memoryGiB, generations: 'V1,V2', architecture: 'x64', ...more };
}

const ARM64 = { generations: 'V2', architecture: 'Arm64' } as const;

const SIZES: readonly Size[] = [
  size('Standard_D1_v2', 'standardDv2Family', [1, 3.5], { generations: 'V1', trustedLaunchDisabled: true }),
  size('Standard_DS1_v2', 'standardDSv2Family', [1, 3.5]),
  size('Standard_D2s_v3', 'standardDSv3Family', [2, 8]),
  size('Standard_D2ds_v4', 'standardDDSv4Family', [2, 8]),
  size('Standard_D2s_v5', 'standardDSv5Family', [2, 8]),
  size('Standard_D2ds_v5', 'standardDDSv5Family', [2, 8]),
  size('Standard_D2as_v5', 'standardDASv5Family', [2, 8]),
  size('Standard_D2ads_v5', 'standardDADSv5Family', [2, 8]),
  size('Standard_D4as_v5', 'standardDASv5Family', [4, 16]),
  size('Standard_D4s_v5', 'standardDSv5Family', [4, 16]),
  size('Standard_D8as_v5', 'standardDASv5Family', [8, 32]),
  size('Standard_B2s', 'standardBSFamily', [2, 4]),
  size('Standard_B2ms', 'standardBSFamily', [2, 8]),
  // v6 sizes speak NVMe only: an image captured on one is bound to that controller.
  size('Standard_D2as_v6', 'standardDasv6Family', [2, 8], { generations: 'V2', diskControllers: 'NVMe' }),
  // Ampere Altra (v5, B) has no trusted launch, Cobalt 100 (v6) has.
  size('Standard_D2ps_v5', 'standardDPSv5Family', [2, 8], { ...ARM64, trustedLaunchDisabled: true }),
  size('Standard_D4ps_v5', 'standardDPSv5Family', [4, 16], { ...ARM64, trustedLaunchDisabled: true }),
  size('Standard_B2ps_v2', 'standardBpsv2Family', [2, 8], { ...ARM64, trustedLaunchDisabled: true }),
  size('Standard_D2ps_v6', 'StandardDpsv6Family', [2, 8], { ...ARM64, diskControllers: 'SCSI, NVMe' }),
];

function image(reference: string, version: string, more: Partial<LocalImage> = {}): LocalImage {
  const [publisher = '', offer = '', sku = ''] = reference.split(':');
  return { publisher, offer, sku, version, generation: 'V2', osType: 'Linux', ...more };
}

const IMAGES: readonly LocalImage[] = [
  image('Debian:debian-12:12-gen2', '0.20251006.2257'),
  image('Debian:debian-12:12-gen2', '0.20261102.2510'),
  image('Debian:debian-12:12', '0.20251006.2257', { generation: 'V1' }),
  image('Debian:debian-12:12', '0.20261102.2510', { generation: 'V1' }),
  image('kiln:iso-helper:debian-12', '12.20261102.0'),
  // As strings the older version sorts after the newer one: `latest` must be found by number.
  image('Canonical:ubuntu-24_04-lts:server', '24.04.202509100'),
  image('Canonical:ubuntu-24_04-lts:server', '24.04.202610150'),
  image('Canonical:ubuntu-24_04-lts:server-arm64', '24.04.202610150', { architecture: 'Arm64' }),
  // Recorded so: a V2 image that says nothing about trusted launch.
  image('OpenLogic:CentOS:7_6-gen2', '7.6.20200213', { trustedLaunch: false }),
  image('MicrosoftWindowsServer:WindowsServer:2022-datacenter-azure-edition', '20348.4171.250905', {
    osType: 'Windows',
  }),
  image('MicrosoftWindowsServer:WindowsServer:2022-datacenter-azure-edition', '20348.5020.261103', {
    osType: 'Windows',
  }),
];

export const DEFAULT_PROFILE: Profile = {
  timeCompression: 1000,
  outputRate: { mebibytes: 4, seconds: 15 },
  retryAfter: { seconds: 1, milliseconds: 75 },
  latencySeconds: LATENCY_SECONDS,
  replication: { seconds: 600, spread: 0.25, regions: {} },
  throttling: [],
  buckets: RECORDED_BUCKETS,
  allocationFailures: [],
  faults: [],
  subscriptions: [],
  locations: LOCATIONS,
  sizes: SIZES,
  coreQuota: 100,
  coreQuotas: {},
  trustedLaunchByDefault: false,
  machines: { maxCpus: 2, maxMemoryMiB: 1024 },
  roles: ['Admin'],
  simulated: {
    bootSeconds: 0.05,
    scriptSeconds: 0.05,
    powerOffSeconds: 0.2,
    powerOffPattern: '\\b(poweroff|shutdown|systemd-run|kiln-power-off)\\b',
    images: IMAGES,
    outcomes: [],
  },
};
