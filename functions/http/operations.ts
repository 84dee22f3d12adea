import { operationStatus } from '../../shared/commands/operation-status.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { told } from '../../shared/errors/told.ts';
import { isGuid, parseTemplateId, sameResource } from '../../shared/model/ids.ts';
import { type Exchange, isVisible, PROVIDER, type Route, type Reply } from './exchange.ts';
import { errorBody, json, LOOK_AGAIN } from './reply.ts';

/** Always 200: the state is in the body. https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations */
async function getOperation(exchange: Exchange): Promise<Reply> {
  const { params, commands, version } = exchange;
  const { operationId = '', subscriptionId = '' } = params;
  const operation = isGuid(operationId) ? await operationStatus(commands, operationId) : undefined;
  const owner = operation && parseTemplateId(operation.templateId);
  const isShown =
    owner !== undefined && sameResource(owner.subscriptionId, subscriptionId) && isVisible(exchange, owner);
  if (operation === undefined || !isShown)
    throw new KilnError({ code: 'ResourceNotFound', message: `There is no operation "${operationId}".` });
  const { id: name, status, startTime, endTime, error } = operation;
  const shown = version.extensions ? told : errorBody;
  const body = { name, status, startTime, endTime, ...(error && { error: shown(error) }) };
  return json(body, 200, status === 'InProgress' ? LOOK_AGAIN : {});
}

export const operationRoutes: readonly Route[] = [
  {
    name: 'get-operation',
    method: 'GET',
    path: `subscriptions/{subscriptionId}/${PROVIDER}/locations/{location}/operations/{operationId}`,
    role: 'Reader',
    handle: getOperation,
  },
];
