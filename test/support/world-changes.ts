import { pointerTo } from '../../shared/template/pointer.ts';
import { DEFINITION, GROUP, IMAGE } from '../shared/planning/world.ts';
import type { Place, Surroundings } from './made-impossible.ts';

/** How the world of one entry of test/shared/planning/impossible.ts comes about in the local cloud, by its name there. */
export type WorldChange = {
  /** What the template says before, and what there is for it, where that is not the usual. */
  readonly before?: (body: any, place: Place) => unknown;
  readonly ready?: (place: Place) => Promise<unknown>;
  /** What happens after the submission. */
  readonly happens?: (place: Place) => Promise<unknown>;
  /** And to the subscription. */
  readonly world?: (world: Surroundings, place: Place) => unknown;
  /** Problems with the names of the place in them. */
  readonly says?: (place: Place) => readonly string[];
  /** The template of the table is no template of a good world either: an older release has accepted it. */
  readonly rewritten?: true;
};

const remade = (more: Record<string, unknown>): WorldChange => ({
  happens: async (place) => {
    await place.remove(place.definitionId, '2023-07-03');
    await place.makeDefinition(more);
  },
});

const movedNetwork = async (place: Place): Promise<void> => {
  await place.remove(place.networkId, '2024-01-01');
  await place.makeNetwork('eastus');
};

const other =
  (more: Record<string, unknown>) =>
  ({ images }: Surroundings, { key }: Place): unknown =>
    Object.assign(
      images.find(({ sku }) => sku === key),
      more,
    );

const always = (match: object, status: number, code: string): object => ({
  match,
  calls: 'all',
  answer: { status, code, message: 'So it is now.' },
});

const ARM = { architecture: 'Arm64' } as const;

/** In a region of its own: what is restricted or used up there meets nobody else. */
const inRegion = (region: string): Required<Pick<WorldChange, 'before' | 'ready'>> => ({
  before: (body) => {
    body.location = region;
    body.properties.distribute[1].targetRegions.push({ name: region });
  },
  ready: async (place) => {
    await place.remove(place.networkId, '2024-01-01');
    await place.makeNetwork(region);
  },
});

const onlyFirst = (body: any): unknown => (body.properties.distribute = [body.properties.distribute[0]]);
const onlySecond = (body: any): unknown => (body.properties.distribute = [body.properties.distribute[1]]);

const identityOf = (place: Place): string => place.id('Microsoft.ManagedIdentity/userAssignedIdentities/own');

const PLACES: Record<string, WorldChange> = {
  'its resource group is not there': { happens: (place) => place.remove(place.home, '2024-07-01') },
  'a region was closed to the subscription': {
    before: (body) => (body.properties.distribute[1].targetRegions[1].name = 'polandcentral'),
    world: (world) => (world.locations = world.locations.filter((name) => name !== 'polandcentral')),
  },
  'the staging group is in another region': {
    before: (body, { key }) =>
      (body.properties.stagingResourceGroup = GROUP.replace(/images$/, `staging-${key}`)),
    happens: (place) => place.makeGroup(GROUP.replace(/images$/, `staging-${place.key}`), 'eastus'),
  },
  'the subnet is not there': { happens: (place) => place.remove(place.networkId, '2024-01-01') },
  'the subnet is in another region': { happens: movedNetwork },
  'the source is not there, and the targets are looked at all the same': {
    rewritten: true,
    happens: (place) => place.remove(place.definitionId, '2023-07-03'),
    world: (world, { key }) => (world.images = world.images.filter(({ sku }) => sku !== key)),
  },
  'an identity is not there': {
    before: (body, place) =>
      (body.identity = {
        type: 'UserAssigned',
        userAssignedIdentities: { [identityOf(place)]: {} },
      }),
    world: ({ faults }, { key }) =>
      faults.push(
        always({ operation: 'UserAssignedIdentities_Get', path: `*/${key}/*` }, 404, 'ResourceNotFound'),
      ),
    says: (place) => [`IdentityNotUsable /identity/userAssignedIdentities${pointerTo(identityOf(place))}`],
  },
  'a definition may not be read': {
    world: ({ faults }, { key }) =>
      faults.push(always({ operation: 'GalleryImages_Get', path: `*/${key}/*` }, 403, 'AuthorizationFailed')),
  },
  'a Shell step on Windows': { before: onlyFirst, world: other({ osType: 'Windows' }) },
  'a LinuxRestart step on Windows': {
    before: (body) => {
      body.properties.customize = [{ type: 'LinuxRestart', name: 'a' }];
      onlyFirst(body);
    },
    world: other({ osType: 'Windows' }),
  },
};

const versionId = `${DEFINITION}/versions/3.0.0`;
const takesNumber = (place: Place): Promise<void> =>
  place.makeVersion(`${place.definitionId}/versions/3.0.0`);

const TARGETS: Record<string, WorldChange> = {
  'the group of a managed image is not there': {
    before: (body, { key }) =>
      (body.properties.distribute[0].imageId = IMAGE.replace('/images/', `/away-${key}/`)),
    ready: (place) => place.makeGroup(GROUP.replace(/images$/, `away-${place.key}`)),
    happens: (place) => place.remove(GROUP.replace(/images$/, `away-${place.key}`), '2024-07-01'),
  },
  'an image of that name was made by Packer': { happens: (place) => place.makeImage({}) },
  'an image of that name was made by another template': {
    happens: (place) => place.makeImage({ 'kiln-template': 'images/other' }),
  },
  'a managed image of an Arm64 machine': {
    before: (body) => {
      onlyFirst(body);
      body.properties.vmProfile.vmSize = '';
    },
    world: other(ARM),
  },
  'a managed image of a machine with trusted launch': {
    before: (body, place) => {
      onlyFirst(body);
      const imageVersionId = `${place.id('Microsoft.Compute/galleries/goldens/images/source')}/versions/1.0.0`;
      body.properties.source = { type: 'SharedImageVersion', imageVersionId };
    },
    ready: (place) => sourceVersion(place, {}),
    happens: async (place) => {
      const id = place.id('Microsoft.Compute/galleries/goldens/images/source');
      await place.remove(`${id}/versions/1.0.0`, '2023-07-03');
      await place.remove(id, '2023-07-03');
      await sourceVersion(place, { securityType: 'TrustedLaunch' });
    },
  },
  'the definition is not there': { happens: (place) => place.remove(place.definitionId, '2023-07-03') },
  'the version exists, named by the field': {
    before: (body) => (body.properties.distribute[1].versioning = { scheme: 'Exact', version: '3.0.0' }),
    happens: takesNumber,
  },
  'the version exists, named by the id': {
    before: (body) => (body.properties.distribute[1].galleryImageId = versionId),
    happens: takesNumber,
  },
  'the definition has another generation': remade({ hyperVGeneration: 'V1' }),
  'the definition has another osType': remade({ osType: 'Windows' }),
  'the definition has another architecture': remade(ARM),
  'the definition has a purchase plan': remade({
    purchasePlan: { name: 'n', product: 'p', publisher: 'q' },
  }),
  'a confidential definition': remade({ securityType: 'ConfidentialVM' }),
  'trusted launch of what has none': {
    before: onlySecond,
    ...remade({ securityType: 'TrustedLaunch' }),
    world: other({ trustedLaunch: false }),
  },
  'trusted launch and a managed image': remade({ securityType: 'TrustedLaunch' }),
  'a specialized definition that only supports trusted launch, as az makes it': {
    before: onlySecond,
    ...remade({ securityType: 'TrustedLaunchSupported', osState: 'Specialized' }),
  },
  'Arm64 into a definition that takes images': {
    before: (body) => {
      onlySecond(body);
      body.properties.vmProfile.vmSize = '';
    },
    ...remade({ securityType: 'TrustedLaunchSupported', ...ARM }),
    world: other(ARM),
  },
  'specialized and a managed image': remade({ osState: 'Specialized' }),
  'the regions leave out that of the definition': remade({ location: 'eastus' }),
  'data disks that would have to be copied': { rewritten: true, happens: movedNetwork },
};

async function sourceVersion(place: Place, more: Record<string, unknown>): Promise<void> {
  const id = place.id('Microsoft.Compute/galleries/goldens/images/source');
  const identifier = { publisher: 'kiln', offer: place.key, sku: 'source' };
  await place.makeDefinition({ ...more, identifier }, id);
  await place.makeVersion(`${id}/versions/1.0.0`);
}

const MACHINES: Record<string, WorldChange> = {
  'a size that the subscription may not use': {
    ...inRegion('koreacentral'),
    world: ({ sizes }) =>
      Object.assign(
        sizes.find(({ name }) => name === 'Standard_D2s_v5'),
        { restrictedIn: ['koreacentral'] },
      ),
  },
  'an x64 size for Arm64': { before: onlySecond, ...remade(ARM), world: other(ARM) },
  'a size without trusted launch': {
    rewritten: true,
    ...remade({ securityType: 'TrustedLaunch', ...ARM }),
    world: other(ARM),
  },
  'none of the default sizes is there': {
    before: (body) => {
      inRegion('italynorth').before(body, undefined as never);
      body.properties.vmProfile.vmSize = '';
    },
    ready: inRegion('italynorth').ready,
    world: (world) =>
      (world.sizes = world.sizes.map((size) => ({
        ...size,
        restrictedIn: [...(size.restrictedIn ?? []), 'italynorth'],
      }))),
  },
  'a quota that could never hold the machine': {
    before: (body) => (body.properties.vmProfile.vmSize = 'Standard_D2ads_v5'),
    world: ({ coreQuotas }) => (coreQuotas['standardDADSv5Family'] = 1),
  },
  'no quota for anything in the region': {
    ...inRegion('norwayeast'),
    world: ({ coreQuotas }) => (coreQuotas['norwayeast'] = 0),
  },
  'everything at once': {
    rewritten: true,
    happens: async (place) => {
      await place.remove(place.networkId, '2024-01-01');
      await place.remove(place.definitionId, '2023-07-03');
      await place.makeDefinition({ osType: 'Windows' });
      await place.makeVersion(`${place.definitionId}/versions/3.0.0`, 'Windows');
    },
  },
};

export const WORLD_CHANGES: Readonly<Record<string, WorldChange>> = { ...PLACES, ...TARGETS, ...MACHINES };
