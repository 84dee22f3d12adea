import type { BuildPlan, TargetPlan } from '../model/plan.ts';
import { resourceId } from '../model/convert.ts';
import { parseResourceId, resourceGroupId } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';

type SharedImage = Extract<TargetPlan, { type: 'SharedImage' }>;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute */
const NAME_LIMIT = 80;

/**
 * The managed image that a Shallow version of this run is made of, beside its gallery: such a version refers to its source
 * for as long as it lives. The name tells definition and run, so that a repeated create finds its own.
 * https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#shallow-replication
 */
export function keptSourceId({ run }: Pick<BuildPlan, 'run'>, target: SharedImage): ResourceId {
  const {
    subscriptionId = '',
    resourceGroup = '',
    names = [],
  } = parseResourceId(target.galleryImageId) ?? {};
  const end = `-${run.runId.replaceAll('-', '').slice(0, 12)}-${target.index}`;
  const name = (names.at(-1) ?? '').slice(0, NAME_LIMIT - end.length) + end;
  const group = resourceGroupId({ subscriptionId, resourceGroup });
  return resourceId(`${group}/providers/Microsoft.Compute/images/${name}`);
}
