import type { Azure, SourceImage } from '../azure/ports.ts';
import { KilnError } from '../errors/failure.ts';
import type { Region, Source } from '../template/model.ts';
import type { ResolvedSource } from './plan.ts';

type Sources = Azure['sources'];

/** Finds the source and makes it exact: a run records what it was really built from. */
export async function resolveSource(
  sources: Sources,
  source: Source,
  location: Region,
): Promise<ResolvedSource> {
  switch (source.type) {
    case 'PlatformImage':
      return platformImage(sources, source, location);
    case 'ManagedImage':
      return fromResource(await sources.managedImage(source.imageId), source.imageId, location);
    case 'SharedImageVersion':
      return fromResource(
        await sources.galleryVersion(source.imageVersionId, location),
        source.imageVersionId,
      );
    case 'ISO':
      throw new KilnError({
        code: 'SourceNotUsable',
        message: 'ISO sources cannot be built yet; use a Marketplace or gallery image.',
        target: '/properties/source/type',
      });
    default:
      return source satisfies never;
  }
}

async function platformImage(
  sources: Sources,
  source: Extract<Source, { type: 'PlatformImage' }>,
  location: Region,
): Promise<ResolvedSource> {
  const { publisher, offer, sku } = source;
  const version = source.version === 'latest' ? await newest(sources, source, location) : source.version;
  const image = await sources.marketplaceImage(location, publisher, offer, sku, version);
  const description = `${publisher}:${offer}:${sku}:${version}`;
  if (image === undefined) throw notFound(`There is no Marketplace image ${description} in ${location}.`);
  if (image.deprecated) throw deprecated(description, image.deprecated.alternative);
  const plan = source.plan ?? image.plan;
  return {
    image: { kind: 'marketplace', publisher, offer, sku, version },
    generation: image.generation,
    osType: image.osType,
    architecture: image.architecture,
    ...(plan && { plan }),
    description,
  };
}

async function newest(
  sources: Sources,
  source: Extract<Source, { type: 'PlatformImage' }>,
  location: Region,
): Promise<string> {
  const { publisher, offer, sku } = source;
  const versions = await sources.marketplaceVersions(location, publisher, offer, sku);
  // Azure's own ordering is that of text: 9 comes after 10.
  const last = versions.toSorted(compareDotted).at(-1);
  if (last === undefined)
    throw notFound(`The Marketplace has no version of ${publisher}:${offer}:${sku} in ${location}.`);
  return last;
}

/** Compares dotted numbers part by part. */
export function compareDotted(one: string, other: string): number {
  const [left, right] = [one.split('.').map(Number), other.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function fromResource(image: SourceImage | undefined, id: string, location?: Region): ResolvedSource {
  if (image === undefined)
    throw notFound(`The source image ${id} does not exist, or the identity may not read it.`);
  const problem = !image.generalized
    ? 'is specialized; a build needs a generalized image'
    : location !== undefined && image.location !== location
      ? `is in ${image.location}; a managed image must be in the region of the build, ${location}`
      : undefined;
  if (problem !== undefined) {
    throw new KilnError({
      code: 'SourceNotUsable',
      message: `The source image ${id} ${problem}.`,
      target: '/properties/source',
    });
  }
  const { generation, osType, architecture, plan, securityType } = image;
  return {
    image: { kind: 'resource', id: image.id },
    generation,
    osType,
    architecture,
    ...(plan && { plan }),
    ...(securityType !== undefined && { securityType }),
    description: image.id,
  };
}

function notFound(message: string): KilnError {
  return new KilnError({ code: 'SourceNotFound', message, target: '/properties/source' });
}

function deprecated(description: string, alternative: string | undefined): KilnError {
  const instead = alternative === undefined ? '' : ` Its publisher names ${alternative} instead.`;
  return new KilnError({
    code: 'SourceDeprecated',
    message: `${description} is deprecated.${instead}`,
    target: '/properties/source',
  });
}
