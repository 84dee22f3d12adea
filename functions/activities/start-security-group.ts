import { SECURITY_GROUP } from '../../shared/build/names.ts';
import { type Activity, operation } from './activity.ts';
import { stagingTags } from './resources.ts';

/** A group that lets nothing in: the VM agent calls out, so the build VM needs no open port. */
export const startSecurityGroup: Activity<'start-security-group'> = async (app, { plan }) => {
  const { network } = app.azure(plan.subscriptionId);
  const tags = await stagingTags(app, plan);
  const started = await network.startSecurityGroup(plan.stagingGroup, SECURITY_GROUP, plan.location, tags);
  return operation('create network security group', started);
};
