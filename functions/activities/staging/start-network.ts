import { type Activity, operation } from '../activity.ts';
import { networkNames, networkId, tagsFor } from '../resources.ts';

export const startNetwork: Activity<'start-network'> = async (app, { plan }) => {
  const azure = app.azure(plan.subscriptionId);
  const { network, securityGroup } = networkNames(plan);
  const started = await azure.network.startNetwork(plan.stagingGroup, network, {
    location: plan.location,
    tags: await tagsFor(app, plan, networkId(plan, 'virtualNetworks', network)),
    securityGroup,
    isolated: plan.smoke?.isolated === true,
  });
  return operation('create virtual network', started, 'network');
};
