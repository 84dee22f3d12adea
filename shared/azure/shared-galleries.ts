import type { CommunityGalleryImage, SharedGalleryImage } from '@azure/arm-compute';
import { compareVersions, parseVersion } from '../model/version-number.ts';
import { resourceId } from '../model/convert.ts';
import type { SharedVersionId } from '../model/shared-id.ts';
import type { Connection } from './clients.ts';
import { isNotFound } from './errors.ts';
import { orUndefined } from './ownership.ts';
import { lunsOf, planOf, securityTypeOf, sizeOf } from './image-facts.ts';
import type { SourceImage } from '../ports/azure.ts';

/** What both kinds say of a version. */
type Version = {
  readonly name?: string;
  readonly excludeFromLatest?: boolean;
  readonly endOfLifeDate?: Date;
  readonly storageProfile?: {
    readonly osDiskImage?: { readonly diskSizeGB?: number };
    readonly dataDiskImages?: readonly { readonly lun: number }[];
  };
};

/**
 * A version of a gallery that is shared with the subscription or with everybody, as the region of the build knows it:
 * Azure lists there what is complete there.
 */
export async function sharedVersionOf(
  connection: Connection,
  shared: SharedVersionId,
  region: string,
): Promise<SourceImage | undefined> {
  const { kind, gallery, definition, version: wanted } = shared;
  const { compute } = connection;
  const [images, versions] =
    kind === 'sharedGalleries'
      ? [compute.sharedGalleryImages, compute.sharedGalleryImageVersions]
      : [compute.communityGalleryImages, compute.communityGalleryImageVersions];
  const image: SharedGalleryImage | CommunityGalleryImage | undefined = await orUndefined(
    images.get(region, gallery, definition),
  );
  const name = wanted.toLowerCase() === 'latest' ? await newest(versions, shared, region) : wanted;
  if (image === undefined || name === undefined) return undefined;
  const version: Version | undefined = await orUndefined(versions.get(region, gallery, definition, name));
  if (version === undefined) return undefined;
  const ended = version.endOfLifeDate ?? image.endOfLifeDate;
  return {
    id: resourceId(`/${kind}/${gallery}/images/${definition}/versions/${name}`),
    location: region,
    generation: image.hyperVGeneration === 'V2' ? 'V2' : 'V1',
    osType: image.osType ?? 'Linux',
    architecture: image.architecture === 'Arm64' ? 'Arm64' : 'x64',
    generalized: image.osState === 'Generalized',
    securityType: securityTypeOf(image),
    ...planOf(image.purchasePlan),
    ...(ended !== undefined && ended <= new Date() && { endOfLife: ended.toISOString() }),
    ...lunsOf(version.storageProfile?.dataDiskImages),
    ...sizeOf(version.storageProfile?.osDiskImage?.diskSizeGB),
  };
}

type Versions = {
  list(location: string, gallery: string, definition: string): AsyncIterable<Version>;
};

async function newest(
  versions: Versions,
  { gallery, definition }: SharedVersionId,
  region: string,
): Promise<string | undefined> {
  const numbers = [];
  try {
    for await (const { name = '', excludeFromLatest } of versions.list(region, gallery, definition)) {
      const number = parseVersion(name);
      if (number !== undefined && excludeFromLatest !== true) numbers.push(number);
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  return numbers.toSorted(compareVersions).at(-1)?.join('.');
}
