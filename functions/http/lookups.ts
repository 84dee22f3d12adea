import { KilnError } from '../../shared/errors/failure.ts';
import { isGroupName, isGuid, resourceGroupId } from '../../shared/model/ids.ts';
import { isObject, type JsonObject } from '../../shared/template/schema/node.ts';
import { mayWithin } from '../../shared/access/policy.ts';
import type { Exchange, Reply, Route } from './exchange.ts';
import { json } from './reply.ts';

/**
 * Clients that know only one endpoint ask it for subscriptions, locations and resource groups too. Kiln asks Azure with
 * its own identity, and shows a restricted caller its own groups only.
 */
async function lookUp(exchange: Exchange): Promise<Reply> {
  return json(await ask(exchange));
}

async function listGroups(exchange: Exchange): Promise<Reply> {
  const subscriptionId = exchange.params['subscriptionId'] ?? '';
  return ownOf(exchange, ({ name }) => resourceGroupId({ subscriptionId, resourceGroup: String(name) }));
}

async function listSubscriptions(exchange: Exchange): Promise<Reply> {
  return ownOf(exchange, ({ subscriptionId }) => `/subscriptions/${String(subscriptionId)}`);
}

/** Of Azure's list what the caller may see something of. */
async function ownOf(exchange: Exchange, idOf: (item: JsonObject) => string): Promise<Reply> {
  const body = await ask(exchange);
  const { caller, commands } = exchange;
  if (!isObject(body) || !Array.isArray(body['value'])) return json(body);
  const items: readonly unknown[] = body['value'];
  const own = items.filter(
    (item) => isObject(item) && mayWithin(commands.gate.policy, caller, 'read', idOf(item)),
  );
  return json({ ...body, value: own });
}

/** `az group exists` asks by HEAD: 204 or 404. */
async function headGroup(exchange: Exchange): Promise<Reply> {
  await ask(exchange);
  return { status: 204 };
}

function ask({ request, params, readArm }: Exchange): Promise<unknown> {
  const { subscriptionId, resourceGroup } = params;
  const isValid =
    (subscriptionId === undefined || isGuid(subscriptionId)) &&
    (resourceGroup === undefined || isGroupName(resourceGroup));
  if (!isValid) throw new KilnError({ code: 'ResourceNotFound', message: 'There is no such resource.' });
  return readArm(new URL(request.url).pathname.replaceAll(/\/{2,}/g, '/'), request.query);
}

const get = { method: 'GET', role: 'Reader', anyVersion: true } as const;
const GROUP = 'subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}';

export const lookupRoutes: readonly Route[] = [
  { ...get, name: 'list-subscriptions', path: 'subscriptions', handle: listSubscriptions },
  { ...get, name: 'get-subscription', path: 'subscriptions/{subscriptionId}', handle: lookUp },
  { ...get, name: 'list-locations', path: 'subscriptions/{subscriptionId}/locations', handle: lookUp },
  {
    ...get,
    name: 'list-resource-groups',
    path: 'subscriptions/{subscriptionId}/resourceGroups',
    handle: listGroups,
  },
  { ...get, name: 'get-resource-group', path: GROUP, handle: lookUp },
  { ...get, name: 'head-resource-group', method: 'HEAD', path: GROUP, handle: headGroup },
];
