import type { Azure, Definition } from '../ports/azure.ts';
import type { ImageTemplate, Source } from '../model/template.ts';
import { marketplaceSource } from './marketplace-source.ts';
import type { InstallPlan, ResolvedSource } from '../model/plan.ts';

/** GB. RHEL asks for 10 at least; Red Hat's own Azure images have 64. */
const SYSTEM_DISK_GB = 32;
/** GB. The largest DVD of RHEL 9 has 12. */
const MEDIUM_DISK_GB = 16;

/** Of two vCPUs and 8 GB, in every region; dnf into a folder needs no more. */
const SIZES = ['Standard_D2as_v5', 'Standard_D2s_v5', 'Standard_D2ds_v4', 'Standard_D2s_v3', 'Standard_B2ms'];

/** Finds the image of the helper VM and says what it gets. Undefined unless the source is an ISO. */
export async function planInstall(
  sources: Azure['sources'],
  { properties, location }: ImageTemplate,
  helper: IsoHelper,
): Promise<InstallPlan | undefined> {
  if (properties.source.type !== 'ISO') return undefined;
  const found = await marketplaceSource(sources, { type: 'PlatformImage', ...helper }, location);
  if (found.image.kind !== 'marketplace') return undefined;
  return {
    image: found.image,
    ...(found.plan && { plan: found.plan }),
    vmSizes: SIZES,
    systemDiskGB: properties.vmProfile.osDiskSizeGB || SYSTEM_DISK_GB,
    mediumDiskGB: MEDIUM_DISK_GB,
  };
}

/** A Marketplace image with dnf, or one whose own repositories have it. */
export type IsoHelper = Omit<Extract<Source, { type: 'PlatformImage' }>, 'type' | 'plan'>;

/** The source with the generation of the first gallery that it goes to; without one V1, as AIB's ISO sources had. */
export function withTargetGeneration(
  source: ResolvedSource,
  definitions: ReadonlyMap<string, Definition>,
): ResolvedSource {
  const [definition] = definitions.values();
  if (source.image.kind !== 'iso' || definition === undefined) return source;
  return { ...source, generation: definition.generation };
}
