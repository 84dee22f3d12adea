import { ARTIFACT_TAGS } from '../../model/tags.ts';
import { parseResourceId, resourceGroupId } from '../../model/ids.ts';
import type { Fit } from '../fit.ts';
import type { OsState, PlanOf, TargetKind, TargetOf } from '../kind.ts';
import { type MachineSecurity, machineSecurityOf } from '../security.ts';
import { misfits } from './misfits.ts';
import { exactVersionId, obstacles, places } from './obstacles.ts';
import { planVersion } from './plan.ts';
import type { WireSharedImage } from './schema.ts';
import { toTarget } from './to-target.ts';

type Target = TargetOf<'SharedImage'>;

/** A version of a gallery image definition, replicated to regions. */
export const sharedImage: TargetKind<WireSharedImage, Target, PlanOf<'SharedImage'>> = {
  toTarget,
  plan: planVersion,
  idOf: ({ galleryImageId }) => galleryImageId,
  changes: ({ galleryImageId, replicationMode }) => [
    { field: 'galleryImageId', id: galleryImageId },
    // The image that a Shallow version refers to is made beside the gallery.
    ...(replicationMode === 'Shallow' ? [{ field: 'replicationMode', id: groupOf(galleryImageId) }] : []),
  ],
  places,
  ownTags: () => ARTIFACT_TAGS,
  reads: (target) => {
    const version = exactVersionId(target);
    return { definition: target.galleryImageId, ...(version !== undefined && { version }) };
  },
  obstacles,
  misfits,
  security,
  taker: 'Its gallery image definition',
  osState,
  home: ({ home }) => home && { region: home, what: 'the version' },
};

function groupOf(id: string): string {
  const { subscriptionId = '', resourceGroup = '' } = parseResourceId(id) ?? {};
  return resourceGroupId({ subscriptionId, resourceGroup });
}

function security({ galleryImageId }: Target, definitions: Fit['definitions']): MachineSecurity | undefined {
  const definition = definitions.get(galleryImageId.toLowerCase());
  return definition && machineSecurityOf(definition);
}

/** https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#generalized-and-specialized-images */
function osState({ galleryImageId }: Target, definitions: Fit['definitions']): OsState | undefined {
  const definition = definitions.get(galleryImageId.toLowerCase());
  return (
    definition && {
      specialized: !definition.generalized,
      clash: 'The definition holds generalized images, another target specialized ones.',
    }
  );
}
