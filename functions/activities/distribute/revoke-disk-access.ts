import { withoutReader } from '../../../shared/model/documents/run.ts';
import { MACHINE } from '../../../shared/planning/names.ts';
import type { Activity } from '../activity.ts';
import { sourceDiskId } from '../resources.ts';

/** Of a target: its own access only, so that the next one gets its turn. Without one: at the end of the run, whoever reads. */
export const revokeDiskAccess: Activity<'revoke-disk-access'> = async (app, { plan, target }) => {
  if (!plan.targets.some(({ type }) => type === 'VHD')) return null;
  const { ref, runId } = plan.run;
  const run = target && (await app.store.runs.get(ref, runId));
  if (run?.diskReader !== undefined && run.diskReader !== target?.index) return null;
  const azure = app.azure(plan.subscriptionId);
  const view = await azure.machines.get(plan.stagingGroup, MACHINE);
  await azure.disks.revokeAccess(view?.osDiskId ?? sourceDiskId(plan));
  if (target === undefined) return null;
  await app.store.runs.update(ref, runId, withoutReader);
  return null;
};
