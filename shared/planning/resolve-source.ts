import type { Azure, SourceImage } from '../ports/azure.ts';
import { KilnError } from '../errors/failure.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import { parseResourceId } from '../model/ids.ts';
import type { Region, ResourceId, Source } from '../model/template.ts';
import { nearResource } from './near-source.ts';
import { marketplaceSource } from './marketplace-source.ts';
import type { ResolvedSource } from '../model/plan.ts';

/** Where the build VM will be: a source has to be usable from there. */
export type BuildPlace = { readonly subscriptionId: string; readonly location: Region };

/** Finds the source and makes it exact: a run records what it was really built from. */
export async function resolveSource(
  sources: Azure['sources'],
  source: Source,
  place: BuildPlace,
): Promise<ResolvedSource> {
  switch (source.type) {
    case 'PlatformImage':
      return await marketplaceSource(sources, source, place.location);
    case 'ManagedImage': {
      const image = await sources.managedImage(source.imageId);
      if (image === undefined) throw await notFound(sources, source.imageId);
      return usable(image, source.imageId, managedImageProblem(image, source.imageId, place));
    }
    case 'SharedImageVersion': {
      const image = await sources.galleryVersion(source.imageVersionId, place.location);
      if (image === undefined) throw await notFound(sources, source.imageVersionId);
      return usable(image, source.imageVersionId, securityProblem(image));
    }
    case 'ISO':
      return isoSource(source);
    default:
      return source satisfies never;
  }
}

/**
 * A medium is looked at by the helper VM that installs it, not here: it has gigabytes. The disk that comes of it boots
 * both ways, so the targets decide the generation. As with Azure VM Image Builder's ISO sources the system is RHEL
 * under the user's own subscription.
 */
function isoSource({ sourceUri, sha256 }: Extract<Source, { type: 'ISO' }>): ResolvedSource {
  return {
    image: { kind: 'iso', sha256 },
    generation: 'V1',
    osType: 'Linux',
    architecture: 'x64',
    licenseType: 'RHEL_BYOS',
    description: `ISO ${withoutSecrets(sourceUri)} sha256:${sha256}`,
  };
}

/** https://learn.microsoft.com/azure/virtual-machines/capture-image-resource: one region, one subscription. */
function managedImageProblem(
  image: SourceImage,
  id: string,
  { subscriptionId, location }: BuildPlace,
): string | undefined {
  if (image.location !== location)
    return `is in ${image.location}; a managed image must be in the region of the build, ${location}`;
  const owner = parseResourceId(id)?.subscriptionId;
  if (owner === undefined || owner.toLowerCase() === subscriptionId.toLowerCase()) return undefined;
  return `is in subscription ${owner}; a managed image must be in the subscription of the template. A gallery image may be in any`;
}

/** The `…Supported` types boot as standard machines too; trusted launch is a machine that Kiln builds, a confidential one is not. */
function securityProblem(image: SourceImage): string | undefined {
  if (image.securityType !== 'ConfidentialVM') return undefined;
  return 'has security type ConfidentialVM; a build needs one that a standard machine or one with trusted launch boots, such as ConfidentialVMSupported';
}

function usable(image: SourceImage, id: string, problem: string | undefined): ResolvedSource {
  const reason = image.generalized ? problem : 'is specialized; a build needs a generalized image';
  if (reason !== undefined) {
    throw new KilnError({
      code: 'SourceNotUsable',
      message: `The source image ${id} ${reason}.`,
      target: '/properties/source',
    });
  }
  const { generation, osType, architecture, plan, securityType, endOfLife, dataDiskLuns, osDiskGB } = image;
  return {
    image: { kind: 'resource', id: image.id },
    generation,
    osType,
    architecture,
    ...(plan && { plan }),
    ...(dataDiskLuns && { dataDiskLuns }),
    ...(osDiskGB && { osDiskGB }),
    ...(securityType !== 'Standard' && { securityType }),
    ...(endOfLife && { warning: `${image.id} reached its end of life on ${endOfLife.slice(0, 10)}.` }),
    description: image.id,
  };
}

async function notFound(sources: Azure['sources'], id: ResourceId): Promise<KilnError> {
  const latest = /\/versions\/latest$/i.test(id)
    ? `The gallery image definition of ${id} does not exist, has no version that may be latest and is complete in the region of the build, or the identity may not read it.`
    : `The source image ${id} does not exist, or the identity may not read it.`;
  const message = `${latest}${await nearResource(sources, id)}`;
  return new KilnError({ code: 'SourceNotFound', message, target: '/properties/source' });
}
