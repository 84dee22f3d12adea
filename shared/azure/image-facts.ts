import type { GalleryImage } from '@azure/arm-compute';
import type { PurchasePlan } from '../model/template.ts';
import type { SourceImage } from '../ports/azure.ts';

/** What several kinds of images say in the same words. */

export function lunsOf(
  disks: readonly { readonly lun?: number }[] | undefined,
): Pick<SourceImage, 'dataDiskLuns'> {
  const luns = (disks ?? []).flatMap(({ lun }) => lun ?? []);
  return luns.length === 0 ? {} : { dataDiskLuns: luns };
}

export function sizeOf(osDiskGB: number | undefined): Pick<SourceImage, 'osDiskGB'> {
  return osDiskGB === undefined || osDiskGB === 0 ? {} : { osDiskGB };
}

/** `Standard` when the definition names no security type. */
export function securityTypeOf({ features }: Pick<GalleryImage, 'features'>): string {
  const named = features?.find(({ name }) => name?.toLowerCase() === 'securitytype')?.value;
  return named === undefined || named === 'None' ? 'Standard' : named;
}

type AzurePlan = {
  readonly name?: string | undefined;
  readonly product?: string | undefined;
  readonly publisher?: string | undefined;
};

export function planOf(plan: AzurePlan | undefined): { plan?: PurchasePlan } {
  const { name, product, publisher } = plan ?? {};
  if (name === undefined || product === undefined || publisher === undefined) return {};
  return { plan: { planName: name, planProduct: product, planPublisher: publisher } };
}
