import { RUN_TAG } from '../../../shared/model/tags.ts';
import { isOwnResource } from '../../../shared/janitor/known.ts';
import { parseResourceId } from '../../../shared/model/ids.ts';
import type { ResourceId } from '../../../shared/model/template.ts';
import type { Activity } from '../activity.ts';
import { stagingTags } from '../resources.ts';

const MACHINES = 'microsoft.compute/virtualmachines';

/**
 * Moves the expiry of what is kept after a failure: the janitor takes it then, not before. A group of the run's own goes as
 * a whole, by its own expiry; there the VMs carry it for people. In a group of the user's everything that the run has
 * made carries it: network, images and snapshots must live as long as the machine.
 */
export const keepMachines: Activity<'keep-machines'> = async (app, { plan, until }) => {
  const { groups, resources } = app.azure(plan.subscriptionId);
  const group = await groups.get(plan.stagingGroup);
  if (group === undefined) return null;
  const tags = await stagingTags(app, plan, until);
  const { subscriptionId, run } = plan;
  const entry = await app.store.ledger.update(subscriptionId, run.runId, (known) => ({
    ...known,
    expires: until,
  }));
  const isOwn = group.tags[RUN_TAG] === run.runId && entry?.ownsGroup !== false;
  const tagged = await groups.resources(plan.stagingGroup, { name: RUN_TAG, value: run.runId });
  const made = tagged.filter((id) => isOwn || entry === undefined || isOwnResource(entry, id));
  const kept = made.filter((id) => (isOwn ? typeOf(id) === MACHINES : !isPart(id)));
  for (const id of kept) await resources.tag(id, tags);
  if (isOwn) await groups.put(plan.stagingGroup, group.location, tags);
  return null;
};

function typeOf(id: ResourceId): string {
  return parseResourceId(id)?.type.toLowerCase() ?? '';
}

/** Run commands go with their machine. */
function isPart(id: ResourceId): boolean {
  return typeOf(id).split('/').length > 2;
}
