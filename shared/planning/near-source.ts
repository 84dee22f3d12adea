import { isRetryable, KilnError } from '../errors/failure.ts';
import { resourceId } from '../model/convert.ts';
import { splitGalleryImageId } from '../model/ids.ts';
import { parseSharedId } from '../model/shared-id.ts';
import type { Region, ResourceId, Source } from '../model/template.ts';
import type { Azure } from '../ports/azure.ts';
import { suggest } from '../template/suggest.ts';

/**
 * What a source that is not there was most likely meant to be: a sentence with a blank before it, or nothing. Asked only
 * when a source was not found; what Kiln may not read is no help, and no error either.
 */

type Sources = Azure['sources'];
type PlatformImage = Extract<Source, { type: 'PlatformImage' }>;

/** The first of its names that is not known is the one to correct: publisher, offer, SKU, version. */
export async function nearMarketplace(
  sources: Sources,
  { publisher, offer, sku, version }: PlatformImage,
  location: Region,
): Promise<string> {
  const skus = await namesOf(() => sources.marketplaceNames(location, publisher, offer));
  if (skus.length > 0 && !isIn(skus, sku)) return hint('SKU', sku, skus);
  if (skus.length > 0) {
    const versions = await namesOf(() => sources.marketplaceVersions(location, publisher, offer, sku));
    return version.toLowerCase() === 'latest' ? '' : hint('version', version, versions);
  }
  const offers = await namesOf(() => sources.marketplaceNames(location, publisher));
  if (offers.length > 0) return hint('offer', offer, offers);
  return hint('publisher', publisher, await namesOf(() => sources.marketplaceNames(location)));
}

/** Of a managed image or a gallery image; of a version, the definition comes first. */
export async function nearResource(sources: Sources, id: ResourceId): Promise<string> {
  if (parseSharedId(id) !== undefined) return '';
  const beside = async (what: string, one: string): Promise<string> => {
    const names = await namesOf(() => sources.namesBeside(resourceId(one)));
    return hint(what, one.split('/').at(-1) ?? '', names);
  };
  const { definition, version } = splitGalleryImageId(id);
  const near = await beside('image', definition);
  return near !== '' || version === undefined || version.toLowerCase() === 'latest'
    ? near
    : await beside('version', id);
}

function hint(what: string, name: string, names: readonly string[]): string {
  if (isIn(names, name)) return '';
  const near = suggest(name, names);
  return near === undefined ? '' : ` There is no ${what} "${name}" there. Did you mean ${near}?`;
}

function isIn(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

async function namesOf(ask: () => Promise<string[]>): Promise<string[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KilnError && !isRetryable(error.failure)) return [];
    throw error;
  }
}
