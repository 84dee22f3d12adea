import { onMachine } from '../../../shared/model/documents/run.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, refuseIfCanceled } from '../activity.ts';

/** The VM's own operation succeeds before its agent can run anything; only the instance view tells. */
export const checkAgent: Activity<'check-agent'> = async (app, { plan, machine, after }) => {
  const { machines } = app.azure(plan.subscriptionId);
  const view = await machines.get(plan.stagingGroup, machine);
  if (view === undefined) {
    throw new KilnError({
      code: 'AzureNotFound',
      message: `The VM ${machine} in ${plan.stagingGroup} was deleted while it started.`,
    });
  }
  if (view.power === 'stopped' || view.power === 'deallocated') {
    await refuseIfCanceled(app, plan.run);
    const message = `The VM ${machine} in ${plan.stagingGroup} was ${view.power} before its agent was ready.`;
    throw new KilnError({ code: after === undefined ? 'ProvisioningFailed' : 'MachineStopped', message });
  }
  const fresh =
    after === undefined ||
    (view.agent?.reportedAt !== undefined && Date.parse(view.agent.reportedAt) > Date.parse(after));
  if (view.agent?.ready !== true || !fresh) {
    await refuseIfCanceled(app, plan.run);
    return { done: false, ...(view.retryAfterMs !== undefined && { retryAfterMs: view.retryAfterMs }) };
  }
  if (machine !== 'build') return { done: true, value: null };
  const agent = view.agent.version;
  const { ref, runId } = plan.run;
  await app.store.runs.update(ref, runId, (current) => onMachine(current, { agent }));
  return { done: true, value: null };
};
