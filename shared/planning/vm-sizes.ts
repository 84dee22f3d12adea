import type { VmSize } from '../ports/catalogue.ts';
import type { MachineSecurity } from '../targets/security.ts';
import type { ResolvedSource } from '../model/plan.ts';

/**
 * Sizes to try when the template names none. AIB's defaults come first, so that templates behave as before; v6 sizes of
 * x64 are absent because images built on them are bound to NVMe controllers.
 */
const X64 = {
  V1: ['Standard_D1_v2', 'Standard_D2as_v5', 'Standard_D2s_v5', 'Standard_D2s_v3', 'Standard_DS1_v2'],
  V2: ['Standard_D2ds_v4', 'Standard_D2as_v5', 'Standard_D2s_v5', 'Standard_D2ads_v5', 'Standard_B2ms'],
} as const;

/** https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/dpsv6-series */
const ARM64 = ['Standard_D2ps_v6', 'Standard_D2ps_v5', 'Standard_B2ps_v2'] as const;
/** Of Arm64 only the newest generation of processors has trusted launch. */
const TRUSTED_ARM64 = ['Standard_D2ps_v6'] as const;

/** What a machine must be for its source and its targets. */
export type Wanted = Pick<ResolvedSource, 'architecture' | 'generation'> & {
  readonly security: MachineSecurity;
};

export function defaultSizes({ architecture, generation, security }: Wanted): readonly string[] {
  if (architecture === 'x64') return X64[generation];
  return security === 'TrustedLaunch' ? TRUSTED_ARM64 : ARM64;
}

/** Why a size cannot be the machine that is wanted, as the rest of a sentence about it. */
export function misfitOf(size: VmSize, wanted: Wanted): string | undefined {
  if (size.restricted !== undefined) return `may not be used by this subscription there (${size.restricted})`;
  if (size.architecture !== wanted.architecture)
    return `has ${size.architecture} processors, and the source is for ${wanted.architecture}`;
  if (!size.generations.includes(wanted.generation))
    return `boots generation ${size.generations.join(' and ')} only, and the source has generation ${wanted.generation}`;
  if (wanted.security === 'TrustedLaunch' && !size.trustedLaunch)
    return 'has no trusted launch, which the source or a target needs';
  return undefined;
}

/** The defaults that fit, in their order; all of them when the sizes of the region are not known or none of them fits. */
export function sizesToTry(
  wanted: Wanted,
  known: ReadonlyMap<string, VmSize> | undefined,
): readonly string[] {
  const names = defaultSizes(wanted);
  const fitting = names.filter((name) => {
    const size = known?.get(name.toLowerCase());
    return size !== undefined && misfitOf(size, wanted) === undefined;
  });
  return fitting.length === 0 ? names : fitting;
}
