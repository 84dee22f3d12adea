import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { headKey, revisionKey } from '../../shared/store/keys.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { aBody, GROUP, SUBSCRIPTION } from '../shared/planning/world.ts';
import type { LocalKiln } from './local-kiln.ts';

const IMAGES = {
  Linux: 'Debian/ArtifactTypes/VMImage/Offers/debian-12/Skus/12-gen2/Versions/0.20261102.2510',
  Windows:
    'MicrosoftWindowsServer/ArtifactTypes/VMImage/Offers/WindowsServer/Skus/2022-datacenter-azure-edition/Versions/20348.5020.261103',
} as const;

/** What one template has for itself of the local cloud, so that many worlds change at once and none minds the others. */
export class Place {
  readonly key: string;
  readonly group: string;
  readonly #kiln: LocalKiln;

  constructor(kiln: LocalKiln, index: number) {
    this.#kiln = kiln;
    this.key = `case-${index}`;
    this.group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${this.key}`;
  }

  /** The template is not in the group of what it names: each may go without the other. */
  get home(): string {
    return `/subscriptions/${SUBSCRIPTION}/resourceGroups/home-${this.key}`;
  }

  template(name = 'web'): string {
    return `${this.home}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
  }

  /** The usual template, in words of this place; its image is one of its own. */
  body(change: (body: any) => unknown = () => undefined): any {
    const body = aBody();
    body.properties.source.sku = this.key;
    change(body);
    return JSON.parse(JSON.stringify(body).replaceAll(GROUP, this.group));
  }

  id(rest: string): string {
    return `${this.group}/providers/${rest}`;
  }

  get definitionId(): string {
    return this.id('Microsoft.Compute/galleries/goldens/images/web');
  }

  get networkId(): string {
    return this.id('Microsoft.Network/virtualNetworks/net');
  }

  async makeGroup(id: string, location = 'westeurope'): Promise<void> {
    await this.put(id, '2024-07-01', { location });
  }

  async makeDefinition(more: Record<string, unknown> = {}, id = this.definitionId): Promise<void> {
    const { location = 'westeurope', securityType, ...properties } = more;
    await this.put(id, '2023-07-03', {
      location,
      properties: {
        osType: 'Linux',
        osState: 'Generalized',
        hyperVGeneration: 'V2',
        architecture: 'x64',
        identifier: { publisher: 'kiln', offer: this.key, sku: 'web' },
        ...(securityType !== undefined && { features: [{ name: 'SecurityType', value: securityType }] }),
        ...properties,
      },
    });
  }

  async makeNetwork(location = 'westeurope'): Promise<void> {
    const subnets = [{ name: 'build', properties: { addressPrefix: '10.0.0.0/24' } }];
    const properties = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, subnets };
    await this.put(this.networkId, '2024-01-01', { location, properties });
  }

  async makeDisk(osType: keyof typeof IMAGES = 'Linux'): Promise<string> {
    const reference = `/Subscriptions/${SUBSCRIPTION}/Providers/Microsoft.Compute/Locations/westeurope/Publishers/${IMAGES[osType]}`;
    const creationData = { createOption: 'FromImage', imageReference: { id: reference } };
    const properties = { osType, hyperVGeneration: 'V2', creationData };
    const id = this.id('Microsoft.Compute/disks/base');
    await this.put(id, '2024-03-02', { location: 'westeurope', properties });
    return id;
  }

  /** As Packer would make it, or `tags` say who did. */
  async makeImage(tags: Record<string, string>): Promise<void> {
    const managedDisk = { id: await this.makeDisk() };
    const osDisk = { osType: 'Linux', osState: 'Generalized', managedDisk };
    const properties = { hyperVGeneration: 'V2', storageProfile: { osDisk } };
    await this.put(this.id('Microsoft.Compute/images/web'), '2024-07-01', {
      location: 'westeurope',
      tags,
      properties,
    });
  }

  async makeVersion(id: string, osType: keyof typeof IMAGES = 'Linux'): Promise<void> {
    const source = { id: await this.makeDisk(osType) };
    const publishingProfile = { targetRegions: [{ name: 'westeurope' }] };
    const properties = { publishingProfile, storageProfile: { osDiskImage: { source } } };
    await this.put(id, '2023-07-03', { location: 'westeurope', properties });
  }

  /** PUT, and what it makes is ready. */
  async put(id: string, version: string, body: unknown): Promise<void> {
    const answer = await this.#kiln.arm('PUT', id, version, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    await this.#kiln.until(id, async () => {
      const { body: now } = await this.#kiln.arm('GET', id, version);
      const { provisioningState: state } = now.properties ?? {};
      assert.notEqual(state, 'Failed', JSON.stringify(now));
      return state === undefined || state === 'Succeeded' ? true : undefined;
    });
  }

  async remove(id: string, version: string): Promise<void> {
    await this.#kiln.arm('DELETE', id, version);
    await this.#kiln.until(`the removal of ${id}`, async () =>
      (await this.#kiln.arm('GET', id, version)).status === 404 ? true : undefined,
    );
  }

  /** Writes what an older release has accepted, whose rules were fewer. */
  async rewrite(body: unknown): Promise<void> {
    const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: `home-${this.key}`, name: 'web' };
    const parsed = parseTemplate(body, NEWEST, ref);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const { template, body: written } = parsed;
    const service = BlobServiceClient.fromConnectionString(this.#kiln.endpoints.storage);
    const store = service.getContainerClient('kiln');
    for (const [{ name }, change] of [
      [headKey(ref), { body: written }],
      [revisionKey(ref, 1), { template }],
    ] as const) {
      const blob = store.getBlockBlobClient(name);
      const before = JSON.parse((await blob.downloadToBuffer()).toString());
      const after = JSON.stringify({ ...before, ...change });
      await blob.upload(after, Buffer.byteLength(after));
    }
  }
}

/** The parts of a profile that are the world around a template. */
export type Surroundings = {
  locations: string[];
  sizes: any[];
  images: any[];
  coreQuotas: Record<string, number>;
  faults: any[];
};

export function surroundings(keys: readonly string[]): Surroundings {
  const { locations, sizes, simulated } = structuredClone(DEFAULT_PROFILE);
  const own = {
    publisher: 'Debian',
    offer: 'debian-12',
    version: '1.0.0',
    generation: 'V2',
    osType: 'Linux',
  };
  return {
    locations: [...locations],
    sizes: [...sizes],
    images: [...simulated.images, ...keys.map((sku) => ({ ...own, sku }))],
    coreQuotas: {},
    faults: [],
  };
}

export function profileOf({ images, ...others }: Surroundings): unknown {
  return { ...others, simulated: { images } };
}

/** The next request to the cloud meets another Azure. */
export function changeWorld(kiln: LocalKiln, world: Surroundings): void {
  const file = path.join(kiln.folder, 'profile.json');
  writeFileSync(`${file}.new`, JSON.stringify(profileOf(world)));
  renameSync(`${file}.new`, file);
}
