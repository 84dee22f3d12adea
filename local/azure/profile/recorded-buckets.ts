import type { Bucket } from './profile.ts';

/**
 * Azure's own, as recorded exchanges name them in `x-ms-ratelimit-remaining-*`: of each the most that was left after a call, and one.
 * Those of machines hold 12, 36 or 45 and fill in three minutes: 4, 12 or 15 a minute.
 */
export const RECORDED_BUCKETS: readonly Bucket[] = [
  { name: 'subscription-writes', methods: ['PUT', 'PATCH', 'POST'], calls: 200, seconds: 20 },
  { name: 'subscription-deletes', methods: ['DELETE'], calls: 200, seconds: 20 },
  { name: 'subscription-reads', methods: ['GET', 'HEAD'], calls: 250, seconds: 10 },
  ...ofMachines(
    'UpdateVM',
    { machine: 12, subscription: 1500 },
    'VirtualMachines_Generalize',
    'VirtualMachines_Restart',
    'VirtualMachines_Start',
    'VirtualMachines_PowerOff',
    'VirtualMachineRunCommands_CreateOrUpdate',
    'VirtualMachineRunCommands_Update',
    'VirtualMachineRunCommands_Delete',
  ),
  ...ofMachines(
    'DeleteVM',
    { machine: 12, subscription: 1500 },
    'VirtualMachines_Delete',
    'VirtualMachines_Deallocate',
  ),
  ...ofMachines(
    'LowCostGet',
    { machine: 36, subscription: 24_000 },
    'VirtualMachines_Get',
    'VirtualMachines_InstanceView',
    'VirtualMachines_RetrieveBootDiagnosticsData',
    'VirtualMachineRunCommands_GetByVirtualMachine',
    'VirtualMachineRunCommands_ListByVirtualMachine',
  ),
  ...ofMachines('VMGuestPatchOperation', { machine: 6, subscription: 600 }, 'VirtualMachines_InstallPatches'),
  {
    name: resource('GetOperationResource'),
    operations: ['Operations_Get'],
    calls: 45,
    seconds: 180,
    per: 'operation',
  },
  ...twice('CreateUpdateGallery', [50, 300], 'Galleries_CreateOrUpdate'),
  ...twice('CreateUpdateGalleryImage', [150, 750], 'GalleryImages_CreateOrUpdate'),
  ...twice(
    'CreateUpdateGalleryImageVersion',
    [375, 1200],
    'GalleryImageVersions_CreateOrUpdate',
    'GalleryImageVersions_Update',
  ),
  ...twice('DeleteGalleryImageVersion', [150, 1000], 'GalleryImageVersions_Delete'),
  ...twice('GetGallery', [350, 2500], 'Galleries_Get'),
  ...twice('GetGalleryImage', [600, 3000], 'GalleryImages_Get'),
  ...twice('GetGalleryImageVersion', [2000, 10_000], 'GalleryImageVersions_Get'),
  ...twice(
    'ListGalleryImageVersionsInGalleryImage',
    [1500, 10_000],
    'GalleryImageVersions_ListByGalleryImage',
  ),
  ...twice('CreateUpdateDisks', [3000, 25_000], 'Disks_CreateOrUpdate'),
  ...twice('LowCostGet', [15_000, 120_000], 'Disks_Get', 'Snapshots_Get'),
  ...twice('HighCostDiskHydrate', [1000, 8000], 'Disks_GrantAccess'),
  ...twice(
    'HighCostSnapshotCreateHydrate',
    [1000, 8000],
    'Snapshots_CreateOrUpdate',
    'Snapshots_GrantAccess',
    'Snapshots_RevokeAccess',
  ),
  {
    name: resource('CreateImagesSubscriptionMaximum'),
    operations: ['Images_CreateOrUpdate'],
    calls: 60,
    seconds: 180,
  },
  {
    name: resource('DeleteImagesSubscriptionMaximum'),
    operations: ['Images_Delete'],
    calls: 120,
    seconds: 180,
  },
  { name: resource('GetImagesSubscriptionMaximum'), operations: ['Images_Get'], calls: 360, seconds: 180 },
];

function resource(name: string): string {
  return `Microsoft.Compute/${name}`;
}

type OfMachines = { readonly machine: number; readonly subscription: number };

function ofMachines(name: string, { machine, subscription }: OfMachines, ...operations: string[]): Bucket[] {
  return [
    { name: resource(`${name}SubscriptionMaximum`), operations, calls: subscription, seconds: 180 },
    { name: resource(`${name}Resource`), operations, calls: machine, seconds: 180, per: 'machine' },
  ];
}

/** For three minutes, and for thirty. */
function twice(name: string, [short, long]: readonly [number, number], ...operations: string[]): Bucket[] {
  return [
    { name: resource(`${name}3Min`), operations, calls: short, seconds: 180 },
    { name: resource(`${name}30Min`), operations, calls: long, seconds: 1800 },
  ];
}
