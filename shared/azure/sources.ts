import type { GalleryImage, GalleryImageVersion, Image, VirtualMachineImage } from '@azure/arm-compute';
import { tagOf } from '../model/tags.ts';
import { KilnError } from '../errors/failure.ts';
import { compareVersions, parseVersion } from '../model/version-number.ts';
import { region as canonicalRegion, resourceId } from '../model/convert.ts';
import { parseSharedId } from '../model/shared-id.ts';
import { splitGalleryImageId } from '../model/ids.ts';
import type { PurchasePlan, ResourceId } from '../model/template.ts';
import { addressOf, definitionOf } from './addresses.ts';
import { type Answer, answerOf, at } from './answer.ts';
import type { Connection } from './clients.ts';
import { hasCode, isNotFound } from './errors.ts';
import { lunsOf, planOf, securityTypeOf, sizeOf } from './image-facts.ts';
import { namesBeside } from './names-beside.ts';
import { orUndefined } from './ownership.ts';
import { sharedVersionOf } from './shared-galleries.ts';
import type { Azure, MarketplaceImage, SourceImage } from '../ports/azure.ts';

const AGREEMENTS = '2021-01-01';

type OnResponse = (response: Parameters<typeof answerOf>[0]) => void;

type DefinitionAddress = ReturnType<typeof definitionOf>;

export function sourcesOf(connection: Connection): Azure['sources'] {
  const { virtualMachineImages } = connection.compute;
  return {
    async marketplaceVersions(location, publisher, offer, sku) {
      const listed = await orUndefined(virtualMachineImages.list(location, publisher, offer, sku));
      return (listed ?? []).flatMap(({ name }) => name);
    },
    async marketplaceNames(location, publisher, offer) {
      const listed = await orUndefined(
        publisher === undefined
          ? virtualMachineImages.listPublishers(location)
          : offer === undefined
            ? virtualMachineImages.listOffers(location, publisher)
            : virtualMachineImages.listSkus(location, publisher, offer),
      );
      return (listed ?? []).flatMap(({ name }) => name);
    },
    namesBeside: async (id) => await namesBeside(connection, id),
    async marketplaceImage(...address) {
      let answer: Answer | undefined;
      const onResponse: OnResponse = (response) => {
        answer = answerOf(response);
      };
      const image = await orUndefined(virtualMachineImages.get(...address, { onResponse }));
      return image && { ...marketplaceImageOf(image, address[4]), ...diskOf(answer) };
    },
    async managedImage(id) {
      const { clients, group, name } = addressOf(connection, id);
      const image = await orUndefined(clients.compute.images.get(group, name));
      return image && managedImageOf(id, image);
    },
    async galleryVersion(id, location) {
      const region = canonicalRegion(location);
      const shared = parseSharedId(id);
      if (shared === undefined) return await galleryVersionOf(connection, id, region);
      return await sharedVersionOf(connection, shared, region);
    },
    termsAccepted: async (plan) => await termsAccepted(connection, plan),
  };
}

function marketplaceImageOf(image: VirtualMachineImage, version: string): MarketplaceImage {
  const deprecation = image.imageDeprecationStatus;
  const value = deprecation?.alternativeOption?.value;
  const alternative = value === undefined ? {} : { alternative: value };
  const on = deprecation?.scheduledDeprecationTime?.toISOString();
  return {
    version,
    generation: image.hyperVGeneration === 'V2' ? 'V2' : 'V1',
    osType: image.osDiskImage?.operatingSystem ?? 'Linux',
    architecture: image.architecture === 'Arm64' ? 'Arm64' : 'x64',
    securityType: securityTypeOf(image),
    ...planOf(image.plan),
    ...lunsOf(image.dataDiskImages),
    ...(deprecation?.imageState === 'Deprecated' && { deprecated: alternative }),
    ...(deprecation?.imageState === 'ScheduledForDeprecation' && {
      retiring: { ...(on === undefined ? {} : { on }), ...alternative },
    }),
  };
}

/** Managed images have no field for a plan: tools agree on three tags. They are never of Arm64 machines. */
function managedImageOf(id: ResourceId, image: Image): SourceImage {
  const disk = image.storageProfile?.osDisk;
  const tags = image.tags ?? {};
  return {
    id,
    location: canonicalRegion(image.location),
    generation: image.hyperVGeneration === 'V2' ? 'V2' : 'V1',
    osType: disk?.osType ?? 'Linux',
    architecture: 'x64',
    generalized: disk?.osState === 'Generalized',
    // A managed image of a machine with trusted launch cannot be made.
    securityType: 'Standard',
    ...lunsOf(image.storageProfile?.dataDisks),
    ...sizeOf(disk?.diskSizeGB),
    ...planOf({
      name: tagOf(tags, 'PlanName'),
      product: tagOf(tags, 'PlanProduct'),
      publisher: tagOf(tags, 'PlanPublisher'),
    }),
  };
}

async function galleryVersionOf(
  connection: Connection,
  id: ResourceId,
  region: string,
): Promise<SourceImage | undefined> {
  const address = definitionOf(connection, id);
  const { clients, group, gallery, definition, version: wanted = 'latest' } = address;
  const [image, version] = await Promise.all([
    orUndefined(clients.compute.galleryImages.get(group, gallery, definition)),
    // Without its definition the list is a 404 too: that is no version, and no error.
    wanted.toLowerCase() === 'latest'
      ? orUndefined(newestIn(address, region))
      : exactIn(address, wanted, region),
  ]);
  if (image === undefined || version?.name === undefined) return undefined;
  return {
    id: resourceId(`${splitGalleryImageId(id).definition}/versions/${version.name}`),
    location: region,
    generation: image.hyperVGeneration === 'V2' ? 'V2' : 'V1',
    osType: image.osType ?? 'Linux',
    architecture: image.architecture === 'Arm64' ? 'Arm64' : 'x64',
    generalized: image.osState === 'Generalized',
    securityType: securityTypeOf(image),
    ...planOf(image.purchasePlan),
    ...endOfLifeOf(version, image),
    ...lunsOf(version.storageProfile?.dataDiskImages),
    ...sizeOf(version.storageProfile?.osDiskImage?.sizeInGB),
  };
}

/** The size is in every recorded answer and in no published description, so that the SDK drops it. */
function diskOf(answer: Answer | undefined): Pick<SourceImage, 'osDiskGB'> {
  const bytes = at(answer?.body, 'properties', 'osDiskImage', 'sizeInBytes');
  return sizeOf(typeof bytes === 'number' ? Math.floor(bytes / 2 ** 30) : undefined);
}

/** A version's own date, or else the definition's. */
function endOfLifeOf(
  { publishingProfile }: GalleryImageVersion,
  image: GalleryImage,
): Pick<SourceImage, 'endOfLife'> {
  const date = publishingProfile?.endOfLifeDate ?? image.endOfLifeDate;
  return date === undefined || date > new Date() ? {} : { endOfLife: date.toISOString() };
}

async function exactIn(
  address: DefinitionAddress,
  name: string,
  region: string,
): Promise<GalleryImageVersion | undefined> {
  const version = await orUndefined(withReplication(address, name));
  if (version === undefined) return undefined;
  const state = stateIn(version, region);
  if (version.provisioningState === 'Succeeded' && state === 'Completed') return version;
  const regions = (version.replicationStatus?.summary ?? [])
    .filter((one) => one.state === 'Completed')
    .map((one) => canonicalRegion(one.region ?? ''));
  const there = regions.length === 0 ? 'It is complete nowhere' : `It is complete in ${regions.join(', ')}`;
  throw new KilnError({
    code: 'SourceNotUsable',
    message: `Version ${name} of ${address.gallery}/${address.definition} is ${version.provisioningState ?? 'Unknown'} and ${state ?? 'not replicated'} in ${region}. ${there}. Replicate it to the region of the build, or build in a region that has it.`,
    target: '/properties/source/imageVersionId',
  });
}

/** By numbers, not excluded from latest, and really there: a listed region may be hours from having it. */
async function newestIn(
  address: DefinitionAddress,
  region: string,
): Promise<GalleryImageVersion | undefined> {
  const { clients, group, gallery, definition } = address;
  const candidates = [];
  const versions = clients.compute.galleryImageVersions;
  for await (const version of versions.listByGalleryImage(group, gallery, definition)) {
    const number = parseVersion(version.name ?? '');
    if (number !== undefined && mayBeLatest(version, region)) candidates.push(number);
  }
  for (const number of candidates.toSorted(compareVersions).toReversed()) {
    const version = await orUndefined(withReplication(address, number.join('.')));
    if (version !== undefined && stateIn(version, region) === 'Completed') return version;
  }
  return undefined;
}

function mayBeLatest({ provisioningState, publishingProfile }: GalleryImageVersion, region: string): boolean {
  const target = publishingProfile?.targetRegions?.find(({ name }) => canonicalRegion(name) === region);
  return (
    provisioningState === 'Succeeded' &&
    publishingProfile?.excludeFromLatest !== true &&
    target !== undefined &&
    target.excludeFromLatest !== true
  );
}

async function withReplication(address: DefinitionAddress, name: string): Promise<GalleryImageVersion> {
  const { clients, group, gallery, definition } = address;
  return await clients.compute.galleryImageVersions.get(group, gallery, definition, name, {
    expand: 'ReplicationStatus',
  });
}

function stateIn({ replicationStatus }: GalleryImageVersion, region: string): string | undefined {
  return replicationStatus?.summary?.find((one) => canonicalRegion(one.region ?? '') === region)?.state;
}

/** Agreements are kept per subscription and plan. https://learn.microsoft.com/rest/api/marketplaceordering */
async function termsAccepted(connection: Connection, plan: PurchasePlan): Promise<boolean | undefined> {
  const { planPublisher, planProduct, planName } = plan;
  const [publisher, offer, name] = [planPublisher, planProduct, planName].map(encodeURIComponent);
  const id = `subscriptions/${connection.subscriptionId}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/${publisher}/offers/${offer}/plans/${name}/agreements/current`;
  try {
    const agreement = await connection.resources.resources.getById(id, AGREEMENTS);
    return at(agreement, 'properties', 'accepted') === true;
  } catch (error) {
    // Not everybody who may build may read contracts. Azure itself refuses the VM, in its own words.
    if (hasCode(error, 'AzureDenied')) return undefined;
    if (isNotFound(error)) return false;
    throw error;
  }
}
