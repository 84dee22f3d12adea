import type { Azure, MarketplaceImage } from '../ports/azure.ts';
import { KilnError } from '../errors/failure.ts';
import { planText, samePlan } from '../model/purchase-plan.ts';
import type { PurchasePlan, Region, Source } from '../model/template.ts';
import { nearMarketplace } from './near-source.ts';
import type { ResolvedSource } from '../model/plan.ts';

type Sources = Azure['sources'];
type PlatformImage = Extract<Source, { type: 'PlatformImage' }>;
type Found = { readonly version: string; readonly image: MarketplaceImage };

/** How many versions `latest` looks at: publishers withdraw one bad version, not a year of them. */
const CANDIDATES = 5;

/**
 * The Marketplace image that a template names, made exact. `latest` is the newest version in the region that is not
 * deprecated. A plan comes from the image itself; a template that names another one is refused, and so is an image
 * whose terms nobody in the subscription has accepted: all of this would otherwise stop the build at its VM.
 */
export async function marketplaceSource(
  sources: Sources,
  source: PlatformImage,
  location: Region,
): Promise<ResolvedSource> {
  const { publisher, offer, sku } = source;
  const { version, image } = await find(sources, source, location);
  const description = `${urn(source)}:${version}`;
  if (image.deprecated) throw deprecated(description, image.deprecated.alternative);
  const plan = planFor(source, image.plan, description);
  if (plan !== undefined) await assertTerms(sources, plan, description);
  const warning = warningOf(description, image);
  return {
    image: { kind: 'marketplace', publisher, offer, sku, version },
    generation: image.generation,
    osType: image.osType,
    architecture: image.architecture,
    ...(image.securityType !== 'Standard' && { securityType: image.securityType }),
    ...(plan && { plan }),
    ...(image.dataDiskLuns && { dataDiskLuns: image.dataDiskLuns }),
    ...(image.osDiskGB && { osDiskGB: image.osDiskGB }),
    ...(warning && { warning }),
    description,
  };
}

async function find(sources: Sources, source: PlatformImage, location: Region): Promise<Found> {
  if (source.version.toLowerCase() === 'latest') return await newest(sources, source, location);
  const { publisher, offer, sku, version } = source;
  const image = await sources.marketplaceImage(location, publisher, offer, sku, version);
  if (image !== undefined) return { version, image };
  const near = await nearMarketplace(sources, source, location);
  throw notFound(`There is no Marketplace image ${urn(source)}:${version} in ${location}.${near}`);
}

/** The newest that is not deprecated; the newest of all when each of them is, so that its alternative is told. */
async function newest(sources: Sources, source: PlatformImage, location: Region): Promise<Found> {
  const { publisher, offer, sku } = source;
  const versions = await sources.marketplaceVersions(location, publisher, offer, sku);
  // Azure's own ordering is that of text: 9 comes after 10.
  const candidates = versions.toSorted(compareDotted).toReversed().slice(0, CANDIDATES);
  let first: Found | undefined;
  for (const version of candidates) {
    const image = await sources.marketplaceImage(location, publisher, offer, sku, version);
    if (image !== undefined && image.deprecated === undefined) return { version, image };
    if (image !== undefined) first ??= { version, image };
  }
  if (first !== undefined) return first;
  const near = await nearMarketplace(sources, source, location);
  throw notFound(`The Marketplace has no version of ${urn(source)} in ${location}.${near}`);
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

/** Azure wants the image's own plan, word for word, or none: https://learn.microsoft.com/azure/virtual-machines/marketplace-images */
function planFor(
  { plan: asked }: PlatformImage,
  own: PurchasePlan | undefined,
  description: string,
): PurchasePlan | undefined {
  if (asked === undefined || samePlan(asked, own)) return own;
  const has = own === undefined ? 'has no purchase plan' : `has the purchase plan ${planText(own)}`;
  throw new KilnError({
    code: 'SourceNotUsable',
    message: `The template names the purchase plan ${planText(asked)}, but ${description} ${has}. Leave planInfo out: Kiln takes the plan from the image.`,
    target: '/properties/source/planInfo',
  });
}

/** Accepting terms is a contract: Kiln tells how, and leaves it to people. */
async function assertTerms(sources: Sources, plan: PurchasePlan, description: string): Promise<void> {
  if ((await sources.termsAccepted(plan)) !== false) return;
  const { planPublisher, planProduct, planName } = plan;
  const command = `az vm image terms accept --publisher ${planPublisher} --offer ${planProduct} --plan ${planName}`;
  throw new KilnError({
    code: 'TermsNotAccepted',
    message: `The terms of ${description} are not accepted in this subscription. Accept them once: ${command}`,
    target: '/properties/source',
  });
}

function warningOf(description: string, { retiring }: MarketplaceImage): string | undefined {
  if (retiring === undefined) return undefined;
  const when = retiring.on === undefined ? '' : ` on ${retiring.on.slice(0, 10)}`;
  return `${description} will be deprecated${when}.${instead(retiring.alternative)}`;
}

function instead(alternative: string | undefined): string {
  return alternative === undefined ? '' : ` Its publisher names ${alternative} instead.`;
}

function urn({ publisher, offer, sku }: PlatformImage): string {
  return `${publisher}:${offer}:${sku}`;
}

function notFound(message: string): KilnError {
  return new KilnError({ code: 'SourceNotFound', message, target: '/properties/source' });
}

function deprecated(description: string, alternative: string | undefined): KilnError {
  return new KilnError({
    code: 'SourceDeprecated',
    message: `${description} is deprecated.${instead(alternative)}`,
    target: '/properties/source',
  });
}
