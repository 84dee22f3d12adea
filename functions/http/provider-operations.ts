import { PROVIDER, type Route, type Reply } from './exchange.ts';
import { json } from './reply.ts';

const NAMESPACE = 'Microsoft.VirtualMachineImages';

/** What the provider can do: [operation, resource, words for people]. Role assignments name these. */
const OPERATIONS: readonly (readonly [string, string, string, string])[] = [
  ['register/action', 'Provider', 'Register', 'Registers the provider in the subscription'],
  ['unregister/action', 'Provider', 'Unregister', 'Unregisters the provider in the subscription'],
  ['imageTemplates/read', 'Image template', 'Read', 'Reads or lists image templates'],
  ['imageTemplates/write', 'Image template', 'Write', 'Creates or changes an image template'],
  ['imageTemplates/delete', 'Image template', 'Delete', 'Deletes an image template'],
  ['imageTemplates/run/action', 'Image template', 'Run', 'Starts a build'],
  ['imageTemplates/cancel/action', 'Image template', 'Cancel', 'Cancels the running build'],
  ['imageTemplates/runOutputs/read', 'Run output', 'Read', 'Reads or lists the outputs of the last run'],
  ['imageTemplates/triggers/read', 'Trigger', 'Read', 'Reads or lists triggers'],
  ['imageTemplates/triggers/write', 'Trigger', 'Write', 'Creates a trigger'],
  ['imageTemplates/triggers/delete', 'Trigger', 'Delete', 'Deletes a trigger'],
  ['operations/read', 'Operation', 'Read', 'Lists these operations'],
  ['locations/operations/read', 'Operation status', 'Read', 'Reads the state of an asynchronous operation'],
];

function listProviderOperations(): Promise<Reply> {
  const value = OPERATIONS.map(([name, resource, operation, description]) => ({
    name: `${NAMESPACE}/${name}`,
    display: { provider: 'Virtual Machine Image Builder', resource, operation, description },
    isDataAction: false,
  }));
  return Promise.resolve(json({ value }));
}

export const providerOperationRoutes: readonly Route[] = [
  {
    name: 'list-provider-operations',
    method: 'GET',
    path: `${PROVIDER}/operations`,
    role: 'Reader',
    handle: listProviderOperations,
  },
];
