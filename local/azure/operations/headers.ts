import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { textAt, type JsonObject } from '../json.ts';
import { typeOf } from '../store/ids.ts';
import type { Operation, Work } from './operations.ts';
import { signature } from './signed.ts';

/** Of a wait, a look this often costs it three percent at most; a real machine takes minutes, and a look costs CPU that it needs. */
const LOOKS_IN_A_WAIT = 32;

/**
 * How long a client should wait before it asks about the resource again. Azure sends whole seconds; `retry-after-ms` is what some
 * Azure services send besides, and lets a client that honours it poll quickly here: the sooner, the shorter it has waited.
 */
export function retryHeaders(cloud: Cloud, subject: string): Record<string, string> {
  const { seconds, milliseconds } = cloud.profile.retryAfter;
  const part = Math.min(cloud.operations.waitedFor(subject) / LOOKS_IN_A_WAIT, 1000 * seconds);
  return {
    'Retry-After': String(seconds),
    ...(milliseconds > 0 && { 'retry-after-ms': String(Math.round(Math.max(milliseconds, part))) }),
  };
}

/** The same with an answer about a resource, of which Azure itself does not say when to look again (recorded). */
export function viewHeaders(cloud: Cloud, id: string): Record<string, string> {
  return cloud.profile.retryAfter.milliseconds > 0 ? retryHeaders(cloud, id) : {};
}

type Addresses = { readonly status: string; readonly location: string };

/** Where the operation is polled: with its status as the answer, or with what the call itself would have answered. */
function addressesOf(request: ArmRequest, cloud: Cloud, operation: Operation): Addresses {
  const [provider = 'Microsoft.Compute', type = ''] = typeOf(operation.subject).split('/');
  const region =
    textAt(cloud.resources.get(operation.subject)?.body, 'location') ?? cloud.profile.locations[0];
  const base = `${request.base}/subscriptions/${cloud.subscriptionId}/providers/${provider}/locations/${region}`;
  const rest = `api-version=${encodeURIComponent(request.apiVersion)}&${signature()}`;
  const collection = collectionOf(provider, type);
  const url = `${base}/${collection}/${operation.id}`;
  // Compute's front end marks which of its parts runs the operation; the gallery service does not.
  const part = collection === 'capsOperations' ? '' : `p=${randomUUID()}&`;
  if (provider === 'Microsoft.Network')
    return { status: `${url}?${rest}`, location: `${base}/operationResults/${operation.id}?${rest}` };
  return { status: `${url}?${part}${rest}`, location: `${url}?${part}monitor=true&${rest}` };
}

/** Compute keeps three lists of operations, each with a read permission of its own. */
function collectionOf(provider: string, type: string): string {
  if (provider === 'Microsoft.Network') return 'operations';
  if (/^(disks|snapshots)$/i.test(type)) return 'DiskOperations';
  return /^galleries$/i.test(type) ? 'capsOperations' : 'operations';
}

type Accept = {
  readonly status: number;
  readonly body?: JsonObject;
  /** Azure sends Location with 202 answers and for actions; its poll ends with the result itself. */
  readonly location?: boolean;
};

/** Starts the work and answers as Azure does for an asynchronous call. */
export function accept(request: ArmRequest, cloud: Cloud, work: Work, how: Accept): Answer {
  const operation = cloud.operations.start(request, work);
  const { status, location } = addressesOf(request, cloud, operation);
  const headers: Record<string, string> = {
    'Azure-AsyncOperation': status,
    ...(/\/(operations)\//.test(status) ? { 'Azure-AsyncNotification': 'Enabled' } : {}),
    ...retryHeaders(cloud, operation.subject),
  };
  if (how.location === true) headers['Location'] = location;
  return how.body === undefined
    ? { status: how.status, headers }
    : { status: how.status, headers, body: how.body };
}
