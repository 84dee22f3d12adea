import type { Cloud } from '../cloud.ts';
import type { Answer, ArmRequest } from '../http/route.ts';
import { textAt, type JsonObject } from '../json.ts';
import { typeOf } from '../store/ids.ts';
import type { Operation, Work } from './operations.ts';

/**
 * How long a client should wait. Azure sends whole seconds; `retry-after-ms` is what some Azure services send besides,
 * and lets a client that honours it poll quickly here.
 */
export function retryHeaders(cloud: Cloud): Record<string, string> {
  const { seconds, milliseconds } = cloud.profile.retryAfter;
  return { 'Retry-After': String(seconds), 'retry-after-ms': String(milliseconds) };
}

/** Address that answers with the operation's status. */
export function statusUrl(request: ArmRequest, cloud: Cloud, operation: Operation): string {
  const [provider = 'Microsoft.Compute', type = ''] = typeOf(operation.subject).split('/');
  const location =
    textAt(cloud.resources.get(operation.subject)?.body, 'location') ?? cloud.profile.locations[0];
  return `${request.base}/subscriptions/${cloud.subscriptionId}/providers/${provider}/locations/${location}/${collectionOf(type)}/${operation.id}`;
}

/** Compute keeps three lists of operations, each with a read permission of its own. */
function collectionOf(type: string): string {
  if (/^(disks|snapshots)$/i.test(type)) return 'diskOperations';
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
  const url = statusUrl(request, cloud, operation);
  const version = encodeURIComponent(request.apiVersion);
  const headers: Record<string, string> = {
    'Azure-AsyncOperation': `${url}?api-version=${version}`,
    ...retryHeaders(cloud),
  };
  if (how.location === true) headers['Location'] = `${url}?monitor=true&api-version=${version}`;
  return how.body === undefined
    ? { status: how.status, headers }
    : { status: how.status, headers, body: how.body };
}
