import { NETWORK, SECURITY_GROUP } from '../../shared/build/names.ts';
import { type Activity, operation } from './activity.ts';
import { stagingTags } from './resources.ts';

export const startNetwork: Activity<'start-network'> = async (app, { plan }) => {
  const { network } = app.azure(plan.subscriptionId);
  const tags = await stagingTags(app, plan);
  const started = await network.startNetwork(plan.stagingGroup, NETWORK, plan.location, tags, SECURITY_GROUP);
  return operation('create virtual network', started);
};
