import { RUN_TAG, runTags } from '../../../shared/model/tags.ts';
import { HOUR, later, MINUTE, timestamp } from '../../../shared/model/time.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, templateOf } from '../activity.ts';

/** Margin between the end of a build and the moment the janitor may call its group an orphan. */
const GRACE = 12 * HOUR;

/** Makes the staging group, once the ledger knows of it, or finds the one that an earlier attempt of this run made. */
export const createStagingGroup: Activity<'create-staging-group'> = async (app, { plan }) => {
  const { groups } = app.azure(plan.subscriptionId);
  const existing = await groups.get(plan.stagingGroup);
  const ours = existing?.tags[RUN_TAG] === plan.run.runId;
  if (existing !== undefined && !ours && !plan.keepStagingGroup) throw foreignGroup(plan.stagingGroup);
  const template = await templateOf(app, plan.run);
  const expires = timestamp(later(new Date(plan.deadline), GRACE + MINUTE));
  await app.store.ledger.open({
    schema: 1,
    ref: plan.run.ref,
    runId: plan.run.runId,
    stagingGroup: plan.stagingGroup,
    ownsGroup: existing === undefined || !plan.keepStagingGroup,
    resources: [],
    expires,
  });
  if (existing !== undefined && plan.keepStagingGroup) {
    refuseOtherRegion(plan.stagingGroup, existing.location, plan.location);
    return null;
  }
  await app.store.subscriptions.note(plan.subscriptionId);
  const tags = { ...template.properties.managedResourceTags, ...runTags(app.name, plan.run, expires) };
  await groups.put(plan.stagingGroup, plan.location, tags);
  return null;
};

function foreignGroup(name: string): KilnError {
  const message = `The resource group ${name} exists and lacks the tag of this run; Kiln does not touch it.`;
  return new KilnError({ code: 'NotOurs', message, target: name });
}

function refuseOtherRegion(name: string, actual: string, wanted: string): void {
  if (actual === wanted) return;
  const message = `The staging group ${name} is in ${actual}; it must be in ${wanted}, the region of the template.`;
  throw new KilnError({ code: 'OperationNotAllowed', message, target: '/properties/stagingResourceGroup' });
}
