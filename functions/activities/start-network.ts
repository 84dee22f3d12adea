import { type Activity, operation } from './activity.ts';
import { networkNames, stagingTags } from './resources.ts';

export const startNetwork: Activity<'start-network'> = async (app, { plan }) => {
  const azure = app.azure(plan.subscriptionId);
  const { network, securityGroup } = networkNames(plan);
  const started = await azure.network.startNetwork(plan.stagingGroup, network, {
    location: plan.location,
    tags: await stagingTags(app, plan),
    securityGroup,
    isolated: plan.smoke?.isolated === true,
  });
  return operation('create virtual network', started);
};
