import type { Definition } from '../ports/azure.ts';
import type { ResolvedSource } from '../model/plan.ts';

/**
 * Which machine can be captured into which definition.
 * https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal
 */

/** What the build machine must be. */
export type MachineSecurity = 'Standard' | 'TrustedLaunch';

/** Undefined when nothing that Kiln builds fits the definition. */
export function machineSecurityOf({ securityType }: Definition): MachineSecurity | undefined {
  if (securityType === 'TrustedLaunch') return 'TrustedLaunch';
  return securityType === 'Standard' || isSupportedOnly(securityType) ? 'Standard' : undefined;
}

/** Definitions that only *support* trusted launch take images and versions, and refuse machines. */
export function versionSourceOf({ securityType }: Definition): 'machine' | 'image' {
  return isSupportedOnly(securityType) ? 'image' : 'machine';
}

/** Why an image of this source cannot go to a definition, and what to do, in sentences. */
export function securityProblems(
  source: ResolvedSource,
  definition: Definition,
): (readonly [why: string, remedy: string])[] {
  const { securityType } = definition;
  const needed = machineSecurityOf(definition);
  const other = 'Use a definition without security type, or with another one.';
  if (needed === undefined)
    return [[`Definitions with security type ${securityType} cannot hold an image that Kiln builds.`, other]];
  const problems: (readonly [string, string])[] =
    securityType !== 'Standard' && definition.generation !== 'V2'
      ? [[`Security type ${securityType} needs a definition of generation V2.`, other]]
      : [];
  // Such versions are made of an image, and no image can be made of a machine that is not generalized.
  if (isSupportedOnly(securityType) && !definition.generalized)
    problems.push([
      `The definition has security type ${securityType} and osState Specialized, and Azure takes no machine into such a definition; Kiln makes specialized versions of machines only.`,
      'Use a definition with osState Generalized, or one without the feature SecurityType (az sig image-definition create adds it by itself unless --features says otherwise).',
    ]);
  if (needed === 'Standard' && source.securityType === 'TrustedLaunch')
    problems.push([
      `The source comes from a definition with security type TrustedLaunch, so that its machine has it too; a definition with security type ${securityType} does not take such a machine.`,
      'Use a definition with security type TrustedLaunch.',
    ]);
  if (needed === 'TrustedLaunch' && !canBeTrusted(source))
    problems.push([
      `The definition has security type TrustedLaunch, and no machine with trusted launch can be made of ${source.description}.`,
      'Use a V2 Marketplace image, or a gallery image whose definition supports trusted launch.',
    ]);
  return problems;
}

/**
 * Trusted launch starts from Marketplace or gallery images of generation V2 that say so (a few Marketplace images do not),
 * never from a managed image, such as that of an ISO.
 */
function canBeTrusted({ image, generation, securityType }: ResolvedSource): boolean {
  if (generation !== 'V2' || securityType === undefined) return false;
  return image.kind === 'resource' || /TrustedLaunch/i.test(securityType);
}

function isSupportedOnly(securityType: string): boolean {
  return /Supported$/i.test(securityType);
}
