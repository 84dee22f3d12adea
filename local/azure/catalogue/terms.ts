import { createHash } from 'node:crypto';
import { armTime, computeTime } from '../arm/times.ts';
import type { Cloud } from '../cloud.ts';
import { badRequest, notFound } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, param, type Answer, type Route } from '../http/route.ts';
import { flagAt, sameText, textAt, type JsonObject } from '../json.ts';
import type { LocalImage } from '../../machines/machine.ts';

/**
 * Terms of paid Marketplace images, as Microsoft.MarketplaceOrdering keeps them: once for each subscription and plan.
 * https://learn.microsoft.com/rest/api/marketplaceordering/marketplace-agreements
 */

const AGREEMENT =
  '/subscriptions/{subscriptionId}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{publisherId}/offers/{offerId}/plans/{planId}/agreements/current';

export const TERMS_ROUTES: readonly Route[] = [
  { operation: 'MarketplaceAgreements_Get', method: 'GET', path: AGREEMENT, handle: get },
  { operation: 'MarketplaceAgreements_Create', method: 'PUT', path: AGREEMENT, handle: accept },
];

/** Who keeps the agreements. */
const AGREEMENT_SERVICE = '00000000-0000-4000-8000-000074657246';

type Plan = NonNullable<LocalImage['plan']>;

async function get(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const plan = await requirePlan(request, cloud);
  const id = agreementId(request, plan);
  return ok(cloud.resources.get(id)?.body ?? agreement(id, plan, false));
}

async function accept(request: ArmRequest, cloud: Cloud): Promise<Answer> {
  const plan = await requirePlan(request, cloud);
  const id = agreementId(request, plan);
  const body = agreement(id, plan, flagAt(request.body, 'properties.accepted') === true);
  cloud.resources.put({ id, body, state: {} });
  return ok(body);
}

async function requirePlan(request: ArmRequest, cloud: Cloud): Promise<Plan> {
  const [publisher, product, name] = ['publisherId', 'offerId', 'planId'].map((key) => param(request, key));
  const plans = (await cloud.marketplace.list()).flatMap(({ plan }) => plan ?? []);
  const plan = plans.find(
    (one) => sameText(one.publisher, publisher) && sameText(one.product, product) && sameText(one.name, name),
  );
  if (plan !== undefined) return plan;
  throw notFound('BadRequest', `Offer with PublisherId: ${publisher}, OfferId: ${product} not found.`);
}

function agreementId(request: ArmRequest, { publisher, product, name }: Plan): string {
  const base = `/subscriptions/${param(request, 'subscriptionId')}/providers/Microsoft.MarketplaceOrdering`;
  return `${base}/offerTypes/VirtualMachine/publishers/${publisher}/offers/${product}/plans/${name}/agreements/current`;
}

function agreement(id: string, { publisher, product, name }: Plan, accepted: boolean): JsonObject {
  return {
    id,
    name,
    type: 'Microsoft.MarketplaceOrdering/offertypes',
    properties: {
      publisher,
      product,
      plan: name,
      licenseTextLink: `https://terms.local.invalid/legalterms/${publisher}-${product}-${name}.txt`,
      privacyPolicyLink: 'https://terms.local.invalid/privacy',
      marketplaceTermsLink: 'https://terms.local.invalid/marketplaceterms.txt',
      retrieveDatetime: armTime(),
      // Clients send it back when they accept.
      signature: createHash('sha512').update(`${publisher}:${product}:${name}`).digest('hex').toUpperCase(),
      accepted,
    },
    systemData: {
      createdBy: AGREEMENT_SERVICE,
      createdByType: 'ManagedIdentity',
      createdAt: computeTime(),
      lastModifiedBy: AGREEMENT_SERVICE,
      lastModifiedByType: 'ManagedIdentity',
      lastModifiedAt: computeTime(),
    },
  };
}

/** Azure's own refusals of a VM whose plan is not the image's, or whose terms nobody has accepted. */
export function checkPlan(cloud: Cloud, request: ArmRequest, own: Plan | undefined): void {
  const [name, product, publisher] = ['name', 'product', 'publisher'].map((key) =>
    textAt(request.body, `plan.${key}`),
  );
  if (own === undefined) {
    if (name === undefined) return;
    throw badRequest('VMMarketplaceInvalidInput', 'The image does not take purchase plan information.');
  }
  if (!sameText(name, own.name) || !sameText(product, own.product) || !sameText(publisher, own.publisher))
    throw badRequest(
      'VMMarketplaceInvalidInput',
      `Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request. VM: '${request.id}'.`,
    );
  const id = agreementId(request, own);
  if (flagAt(cloud.resources.get(id)?.body ?? {}, 'properties.accepted') === true) return;
  throw badRequest(
    'MarketplacePurchaseEligibilityFailed',
    `Marketplace purchase eligibility check returned errors. The legal terms of offer '${own.product}' and plan '${own.name}' are not accepted in this subscription.`,
  );
}
