import { randomUUID } from 'node:crypto';
import { envelope } from '../arm/bodies.ts';
import type { Cloud } from '../cloud.ts';
import { listAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { stamped } from '../network/stamp.ts';
import { prepareInterface } from '../network/network-interface.ts';
import { groupIdOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** Makes the inline interfaces of a VM and ties the others to it. */
export function attachInterfaces(cloud: Cloud, vmId: string, properties: JsonObject): void {
  const location = textAt(cloud.resources.get(vmId)?.body, 'location') ?? '';
  const profile = objectAt(properties, 'networkProfile');
  const made = listAt(profile, 'networkInterfaceConfigurations').map((configuration) =>
    createInline(cloud, vmId, location, configuration),
  );
  const networkInterfaces = [...listAt(profile, 'networkInterfaces'), ...made];
  for (const reference of networkInterfaces)
    cloud.resources.change(textAt(reference, 'id') ?? '', { properties: { virtualMachine: { id: vmId } } });
  cloud.resources.change(vmId, { properties: { networkProfile: { networkInterfaces } } });
}

/** Azure adds a suffix to the configuration's name. */
function createInline(cloud: Cloud, vmId: string, location: string, configuration: JsonObject): JsonObject {
  const suffix = randomUUID().slice(0, 8);
  const name = `${textAt(configuration, 'name') ?? 'nic'}-${suffix}`;
  const id = `${groupIdOf(vmId)}/providers/Microsoft.Network/networkInterfaces/${name}`;
  const { primary, deleteOption, ipConfigurations } = objectAt(configuration, 'properties');
  const body = { properties: { ipConfigurations } };
  const properties = prepareInterface({ id, location, body, existing: undefined, cloud });
  const shown = stamped(envelope(id, location, {}, properties), 'Succeeded');
  cloud.resources.put({ id, body: shown, state: {} });
  return { id, properties: { primary: primary ?? true, deleteOption: deleteOption ?? 'Delete' } };
}

/** Removes interfaces with `deleteOption: Delete` and frees the others. */
export function detachInterfaces(cloud: Cloud, vm: Resource): void {
  for (const reference of listAt(vm.body, 'properties.networkProfile.networkInterfaces')) {
    const id = textAt(reference, 'id') ?? '';
    if (textAt(reference, 'properties.deleteOption') === 'Delete') cloud.resources.remove(id);
    else cloud.resources.change(id, { properties: { virtualMachine: undefined } });
  }
}
