import { type Activity, operation } from '../activity.ts';
import { networkNames, networkId, tagsFor } from '../resources.ts';

/** A group that lets nothing in: the VM agent calls out, so the build VM needs no open port. */
export const startSecurityGroup: Activity<'start-security-group'> = async (app, { plan }) => {
  const { network } = app.azure(plan.subscriptionId);
  const { securityGroup } = networkNames(plan);
  const tags = await tagsFor(app, plan, networkId(plan, 'networkSecurityGroups', securityGroup));
  const started = await network.startSecurityGroup(plan.stagingGroup, securityGroup, plan.location, tags);
  return operation('create network security group', started, 'network');
};
