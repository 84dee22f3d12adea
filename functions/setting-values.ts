import type { IsoHelper } from '../shared/planning/install-plan.ts';
import type { DeployedRights } from '../shared/model/rights.ts';
import { type Retention, USUAL_RETENTION } from '../shared/janitor/retention.ts';

/** Values of settings that have a form of their own. Each adds what is wrong to `problems`, and goes on with the usual. */

/** Free, without a purchase plan, with dnf and an rpm as new as RHEL 9's. */
const ISO_HELPER = 'almalinux:almalinux-x86_64:9-gen2:latest';

export function readIsoHelper(text: string, problems: string[]): IsoHelper {
  const urn = text || ISO_HELPER;
  const [publisher = '', offer = '', sku = '', version = '', ...rest] = urn.split(':');
  if (version === '' || rest.length > 0)
    problems.push(`KILN_ISO_HELPER_IMAGE is "${urn}"; write publisher:offer:sku:version.`);
  return { publisher, offer, sku, version };
}

const MOST_DAYS = 36_500;

/** JSON such as `{"logs": 90, "runs": 365}`, in days; what is left out is as usual, 0 is for ever. */
export function readRetention(text: string, problems: string[]): Retention {
  if (text === '') return USUAL_RETENTION;
  const given = asObject(text);
  if (given === undefined) {
    problems.push(`KILN_RETENTION is "${text}"; write JSON such as {"logs": 90, "runs": 365}.`);
    return USUAL_RETENTION;
  }
  const read = { ...USUAL_RETENTION };
  for (const [name, days] of Object.entries(given)) {
    const isDays = typeof days === 'number' && Number.isInteger(days) && days >= 0 && days <= MOST_DAYS;
    if (isKind(name) && isDays) read[name] = days;
    else
      problems.push(
        `KILN_RETENTION has "${name}": ${JSON.stringify(days)}; write days from 0 (for ever) to ${MOST_DAYS} for ${Object.keys(USUAL_RETENTION).join(', ')}.`,
      );
  }
  return read;
}

function isKind(name: string): name is keyof Retention {
  return Object.hasOwn(USUAL_RETENTION, name);
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const GROUP = /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]+$/i;

/** JSON that `infra/` writes: `{"roleSuffix", "subscriptionId", "buildSubscriptionId", "stagingGroupIds", "imageGroupIds"}`. */
export function readRights(
  text: string,
  principalId: string,
  problems: string[],
): { rights?: DeployedRights } {
  if (text === '') return {};
  const given: Readonly<Record<string, unknown>> = { ...asObject(text) };
  const word = (name: string): string => {
    const value = given[name];
    return typeof value === 'string' ? value : '';
  };
  const [subscriptionId, buildSubscriptionId] = [word('subscriptionId'), word('buildSubscriptionId')];
  const [stagingGroupIds, imageGroupIds] = [
    groupsIn(given['stagingGroupIds']),
    groupsIn(given['imageGroupIds']),
  ];
  const guids = [subscriptionId, buildSubscriptionId || subscriptionId];
  if (stagingGroupIds !== undefined && imageGroupIds !== undefined && guids.every((one) => GUID.test(one))) {
    const rights = { principalId, roleSuffix: word('roleSuffix'), subscriptionId, buildSubscriptionId };
    return { rights: { ...rights, stagingGroupIds, imageGroupIds } };
  }
  problems.push('KILN_RIGHTS is not as the deployment writes it; run `azd up` again, or remove the setting.');
  return {};
}

function groupsIn(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  const known = items.filter((one) => typeof one === 'string' && GROUP.test(one));
  return known.length === items.length ? known.map(String) : undefined;
}

function asObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
