import assert from 'node:assert/strict';
import type { VmSize } from '../../../shared/ports/catalogue.ts';
import type { Definition } from '../../../shared/ports/azure.ts';
import type { World } from '../../../shared/planning/world.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import type { ImageTemplate } from '../../../shared/model/template.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';

/** A template that can be built in a world that has everything for it; tests change one thing of either. */

export const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
export const OTHER = '00000000-0000-4000-8000-000000000002';
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images`;
export const DEFINITION = resourceId(`${GROUP}/providers/Microsoft.Compute/galleries/goldens/images/web`);
export const IMAGE = `${GROUP}/providers/Microsoft.Compute/images/web`;
export const SUBNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/build`;

export function aBody(): any {
  return {
    location: 'westeurope',
    tags: {},
    properties: {
      source: {
        type: 'PlatformImage',
        publisher: 'Debian',
        offer: 'debian-12',
        sku: '12-gen2',
        version: 'latest',
      },
      customize: [{ type: 'Shell', name: 'a', inline: ['true'] }],
      distribute: [
        { type: 'ManagedImage', runOutputName: 'image', imageId: IMAGE, location: 'westeurope' },
        {
          type: 'SharedImage',
          runOutputName: 'gallery',
          galleryImageId: DEFINITION,
          targetRegions: [{ name: 'westeurope' }, { name: 'northeurope' }],
        },
      ],
      vmProfile: { vmSize: 'Standard_D2s_v5', vnetConfig: { subnetId: SUBNET } },
    },
  };
}

export function aTemplate(body: unknown): ImageTemplate {
  const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
  const parsed = parseTemplate(body, NEWEST, ref);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.template;
}

export function aSize(name: string, more: Partial<VmSize> = {}): [string, VmSize] {
  const size = {
    family: 'standardDSv5Family',
    cores: 2,
    generations: ['V1', 'V2'],
    trustedLaunch: true,
  } as const;
  return [name.toLowerCase(), { name, architecture: 'x64', ...size, ...more }];
}

export function aDefinition(more: Partial<Definition> = {}): World['definitions'] {
  const definition = {
    id: DEFINITION,
    location: 'westeurope',
    generation: 'V2',
    osType: 'Linux',
    architecture: 'x64',
    generalized: true,
    securityType: 'Standard',
    ...more,
  } as const;
  return new Map([[DEFINITION.toLowerCase(), definition]]);
}

export const SIZES = new Map([
  aSize('Standard_D2s_v5'),
  aSize('Standard_D2ds_v4', { family: 'standardDDSv4Family' }),
  aSize('Standard_D1_v2', { generations: ['V1'], trustedLaunch: false, family: 'standardDv2Family' }),
  aSize('Standard_D2ps_v5', { architecture: 'Arm64', generations: ['V2'], trustedLaunch: false }),
  aSize('Standard_D2ps_v6', { architecture: 'Arm64', generations: ['V2'] }),
]);

export function aWorld(body: unknown): World {
  return {
    now: new Date('2026-11-29T12:00:00Z'),
    body,
    home: { there: true },
    source: {
      image: {
        kind: 'marketplace',
        publisher: 'Debian',
        offer: 'debian-12',
        sku: '12-gen2',
        version: '1.0.0',
      },
      generation: 'V2',
      osType: 'Linux',
      architecture: 'x64',
      securityType: 'TrustedLaunchSupported',
      description: 'Debian:debian-12:12-gen2:1.0.0',
    },
    refusals: [],
    definitions: aDefinition(),
    regions: { there: ['westeurope', 'northeurope', 'westus', 'westus2', 'eastus'] },
    sizes: { there: SIZES },
    usages: {
      there: [
        { name: 'cores', used: 10, limit: 100 },
        { name: 'standardDSv5Family', used: 0, limit: 10 },
      ],
    },
    groups: new Map([[GROUP.toLowerCase(), { there: true }]]),
    images: new Map([[IMAGE.toLowerCase(), 'absent']]),
    versions: new Map(),
    subnet: { there: { location: 'westeurope' } },
    stagingGroup: 'absent',
    identities: [],
  };
}
