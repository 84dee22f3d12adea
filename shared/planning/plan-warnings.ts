import { isSpecialized, machineSecurity } from '../targets/compatibility.ts';
import type { ImageTemplate } from '../model/template.ts';
import { markedSteps, sentenceOf } from './checkpoints.ts';
import { planDataDisks } from './data-disks.ts';
import { usagesOf } from './machine-problems.ts';
import { fitOf, wantedBy } from './plan-problems.ts';
import { sizesToTry } from './vm-sizes.ts';
import { thing } from '../model/seen.ts';
import type { World } from './world.ts';

/**
 * What is no reason to refuse a submission and may stop a run: a quota that is used up just now, an image that goes. A
 * sentence each, with what to do.
 */
export function planWarnings(template: ImageTemplate, world: World): string[] {
  const { source } = world;
  return [
    ...(source?.warning === undefined ? [] : [source.warning]),
    ...quotaWarnings(template, world),
    ...checkpointWarnings(template, world),
  ];
}

/** Marks that no machine can be kept for, with the reasons. */
function checkpointWarnings(template: ImageTemplate, world: World): string[] {
  const { source } = world;
  if (source === undefined) return [];
  const { additionalDataDisks, stagingResourceGroup } = template.properties;
  const fit = fitOf(template, { ...world, source });
  const { leftOut } = markedSteps(template, {
    source,
    security: machineSecurity(fit),
    keepStagingGroup: stagingResourceGroup !== undefined,
    ...planDataDisks(additionalDataDisks, source.dataDiskLuns),
    ...(isSpecialized(fit) && { specialized: true }),
  });
  return leftOut.map(sentenceOf);
}

/** Of the size that a run would try first. */
function quotaWarnings(template: ImageTemplate, world: World): string[] {
  const { source } = world;
  const sizes = thing(world.sizes);
  const wanted = wantedBy(source && fitOf(template, { ...world, source }));
  const { vmSize } = template.properties.vmProfile;
  const [name] = vmSize === '' && wanted !== undefined ? sizesToTry(wanted, sizes) : [vmSize];
  const size = sizes?.get(name?.toLowerCase() ?? '');
  if (size === undefined) return [];
  return usagesOf(size, world)
    .filter(({ used, limit }) => used + size.cores > limit)
    .map(
      ({ name: quota, used, limit }) =>
        `${size.name} needs ${size.cores} vCPUs in ${template.location}, and of quota "${quota}" ${used} of ${limit} are in use now. A run waits for those that builds of Kiln have, and fails with QuotaExceeded while others have them: free some (az vm list-usage -l ${template.location}), ask for more, or name a size of another family.`,
    );
}
