// Builds as teams have them, and how long each takes at least by the same profile.
import type { Profile } from '../../local/azure/profile/profile.ts';
import { Faults } from '../../local/azure/profile/faults.ts';
import { sharedImage } from '../support/distribution.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

export type Build = {
  readonly name: string;
  readonly steps: number;
  /** What it is distributed to; the first region is that of the build. */
  readonly to: { readonly image: true } | { readonly vhd: true } | { readonly regions: readonly string[] };
  readonly windows?: true;
};

export function buildsOf({ locations }: Profile): readonly Build[] {
  const gallery = (count: number) => ({ regions: locations.slice(0, count) });
  return [
    { name: 'managed-image', steps: 1, to: { image: true } },
    { name: 'ten-steps', steps: 10, to: { image: true } },
    { name: 'vhd', steps: 1, to: { vhd: true } },
    { name: 'gallery-1', steps: 1, to: gallery(1) },
    { name: 'gallery-3', steps: 1, to: gallery(3) },
    { name: 'gallery-20', steps: 1, to: gallery(20) },
    { name: 'windows', steps: 1, to: { image: true }, windows: true },
  ];
}

export function bodyOf({ name, steps, to, windows }: Build, subscription: string): unknown {
  const target =
    'image' in to
      ? managedImage(subscription, name)
      : 'vhd' in to
        ? vhd
        : sharedImage(subscription, name, to);
  const customize = Array.from({ length: steps }, (_, index) =>
    windows === true
      ? { type: 'PowerShell', name: `step-${index + 1}`, inline: ['exit 0'] }
      : shell(`step-${index + 1}`, 'true'),
  );
  const body = template(customize, [target]);
  const publisher = 'MicrosoftWindowsServer';
  const sku = '2022-datacenter-azure-edition';
  const version = 'latest';
  if (windows === true)
    body.properties.source = { type: 'PlatformImage', publisher, offer: 'WindowsServer', sku, version };
  return body;
}

/** What every build does, one after the other. */
const ALWAYS = [
  'NetworkSecurityGroups_CreateOrUpdate',
  'VirtualNetworks_CreateOrUpdate',
  'VirtualMachines_CreateOrUpdate',
  // One command for all steps, and the one that deprovisions.
  'VirtualMachineRunCommands_CreateOrUpdate',
  'VirtualMachineRunCommands_CreateOrUpdate',
  'VirtualMachines_Deallocate',
];

/** Of these the resource itself tells the end, and Azure says nothing of when to ask it: local/PROFILE.md, `retryAfter`. */
const ASKED_THEMSELVES = /^(NetworkSecurityGroups|VirtualNetworks|VirtualMachineRunCommands|Images)_/;

/**
 * Azure seconds that nobody can go below: what Azure itself takes for what cannot be left out, each thing asked for at
 * once when it may be, and its end seen at once; where only an operation tells it, not before Azure asks to be asked.
 */
export function boundOf({ to }: Build, profile: Profile): number {
  const { latencySeconds, retryAfter } = profile;
  const seconds = (operation: string): number => {
    const latency = latencySeconds[operation] ?? latencySeconds['default'] ?? 0;
    return ASKED_THEMSELVES.test(operation) ? latency : Math.max(latency, retryAfter.seconds);
  };
  const target =
    'image' in to
      ? seconds('Images_CreateOrUpdate')
      : 'vhd' in to
        ? seconds('Disks_GrantAccess')
        : seconds('GalleryImageVersions_CreateOrUpdate') + slowest(to.regions, profile);
  return ALWAYS.reduce((sum, operation) => sum + seconds(operation), target);
}

/** Azure seconds after the version's own operation until its last region has it. */
function slowest(regions: readonly string[], profile: Profile): number {
  const faults = new Faults({ ...profile, timeCompression: 1 });
  const each = regions.map(
    (region, index) => faults.replication('', region, index === 0).milliseconds / 1000,
  );
  return Math.max(0, ...each);
}
