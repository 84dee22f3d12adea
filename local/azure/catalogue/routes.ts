import { ok, type Route } from '../http/route.ts';
import { getVersion, listNames, listVersions } from './images.ts';
import { TERMS_ROUTES } from './terms.ts';
import { listSkus, listUsages } from './skus.ts';

const COMPUTE = '/subscriptions/{subscriptionId}/providers/Microsoft.Compute';
const PUBLISHERS = `${COMPUTE}/locations/{location}/publishers`;
const OFFERS = `${PUBLISHERS}/{publisherName}/artifacttypes/vmimage/offers`;
const VERSIONS = `${OFFERS}/{offer}/skus/{skus}/versions`;

export const CATALOGUE_ROUTES: readonly Route[] = [
  get('VirtualMachineImages_ListPublishers', PUBLISHERS, listNames('publisher')),
  get('VirtualMachineImages_ListOffers', OFFERS, listNames('offer')),
  get('VirtualMachineImages_ListSkus', `${OFFERS}/{offer}/skus`, listNames('sku')),
  get('VirtualMachineImages_List', VERSIONS, listVersions),
  get('VirtualMachineImages_Get', `${VERSIONS}/{version}`, getVersion),
  ...TERMS_ROUTES,
  get('ResourceSkus_List', `${COMPUTE}/skus`, listSkus),
  get('Usage_List', `${COMPUTE}/locations/{location}/usages`, listUsages),
  {
    // Not Azure's: there images are made already. Clients of local mode tell from it what a first build waits for.
    ...get('Local_BaseImageProgress', '/local/base-image', (_, cloud) =>
      ok({ making: cloud.marketplace.progress?.() ?? null }),
    ),
    open: true,
  },
];

function get(operation: string, path: string, handle: Route['handle']): Route {
  return { operation, method: 'GET', path, handle };
}
