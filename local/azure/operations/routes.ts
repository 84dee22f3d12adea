import type { Cloud } from '../cloud.ts';
import { notFound } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { param, type Answer, type Route } from '../http/route.ts';
import type { JsonObject } from '../json.ts';
import { retryHeaders } from './headers.ts';
import type { Operation } from './operations.ts';

const LOCATION = '/subscriptions/{subscriptionId}/providers';
const COMPUTE = ['operations', 'DiskOperations', 'capsOperations'];
const NETWORK = `${LOCATION}/Microsoft.Network/locations/{location}`;

export const OPERATION_ROUTES: readonly Route[] = [
  ...COMPUTE.map((collection): Route => ({
    operation: 'Operations_Get',
    method: 'GET',
    path: `${LOCATION}/Microsoft.Compute/locations/{location}/${collection}/{operationId}`,
    handle: (request, cloud) =>
      request.query.get('monitor') === 'true' ? monitor(request, cloud) : status(request, cloud),
  })),
  {
    operation: 'Operations_Get',
    method: 'GET',
    path: `${NETWORK}/operations/{operationId}`,
    handle: networkStatus,
  },
  {
    operation: 'OperationResults_Get',
    method: 'GET',
    path: `${NETWORK}/operationResults/{operationId}`,
    handle: monitor,
  },
  {
    operation: 'OperationResults_Get',
    method: 'GET',
    path: '/subscriptions/{subscriptionId}/operationresults/{operationId}',
    handle: monitor,
  },
];

function find(request: ArmRequest, cloud: Cloud): Operation {
  const id = param(request, 'operationId');
  const operation = cloud.operations.get(id);
  if (operation === undefined) throw notFound('NotFound', `The entity was not found: operation ${id}.`);
  return operation;
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#azure-asyncoperation-request-and-response */
function status(request: ArmRequest, cloud: Cloud): Answer {
  const { id, subject, startTime, endTime, status: state, error, output } = find(request, cloud);
  const body: JsonObject = { startTime, status: state, name: id };
  if (endTime !== undefined) body['endTime'] = endTime;
  if (error !== undefined) body['error'] = error;
  if (output !== undefined) body['properties'] = { output };
  return state === 'InProgress'
    ? { status: 200, body, headers: retryHeaders(cloud, subject) }
    : { status: 200, body };
}

/** Microsoft.Network says nothing but the state, and why it failed. */
function networkStatus(request: ArmRequest, cloud: Cloud): Answer {
  const { status: state, subject, error } = find(request, cloud);
  const body = { status: state, ...(error === undefined ? {} : { error: { ...error, details: [] } }) };
  return state === 'InProgress'
    ? { status: 200, body, headers: retryHeaders(cloud, subject) }
    : { status: 200, body };
}

/** A Location poll: 202 while it runs, then what the call itself would have answered. */
function monitor(request: ArmRequest, cloud: Cloud): Answer {
  const operation = find(request, cloud);
  const url = `${request.base}${request.path}?${request.query.toString()}`;
  if (operation.status === 'InProgress')
    return { status: 202, headers: { Location: url, ...retryHeaders(cloud, operation.subject) } };
  if (operation.status === 'Failed')
    return { status: operation.errorStatus ?? 409, body: { error: operation.error } };
  const body = operation.output ?? resultOf(operation, cloud);
  return body === undefined ? { status: 200 } : { status: 200, body };
}

/** Only a PUT or PATCH ends with its resource; an action ends with nothing. */
function resultOf(operation: Operation, cloud: Cloud): JsonObject | undefined {
  const writes = /_(CreateOrUpdate|Update)$/.test(operation.kind);
  return writes ? cloud.resources.get(operation.subject)?.body : undefined;
}
