import type { Cloud } from './cloud.ts';
import { textAt } from './json.ts';

const MOVING = new Set(['Creating', 'Updating', 'Deleting']);

/**
 * Makes what is stored true again after a restart: machines that ran are stopped, and what an operation was changing
 * has failed with it. Replication goes on by the clock.
 */
export function recover(cloud: Cloud): void {
  for (const resource of cloud.resources.list(`/subscriptions/${cloud.subscriptionId}`)) {
    const { id, body, state } = resource;
    const wasMoving = MOVING.has(textAt(body, 'properties.provisioningState') ?? '');
    const isVm = body['type'] === 'Microsoft.Compute/virtualMachines';
    const power = textAt(state, 'power') === 'deallocated' ? 'deallocated' : 'stopped';
    if (!wasMoving && !isVm) continue;
    cloud.resources.change(id, {
      // A group whose deletion was interrupted is there again, without the resources that went first.
      properties: wasMoving ? { provisioningState: isGroup(body) ? 'Succeeded' : 'Failed' } : {},
      state: isVm ? { power, transition: undefined } : {},
    });
  }
}

function isGroup(body: { readonly [key: string]: unknown }): boolean {
  return body['type'] === 'Microsoft.Resources/resourceGroups';
}
