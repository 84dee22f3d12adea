import { randomUUID } from 'node:crypto';
import type { ArmRequest } from '../http/request.ts';
import { isObject, listAt, objectAt, textAt, type JsonObject } from '../json.ts';
import { envelope, without } from '../arm/bodies.ts';
import { principalOf } from '../managed-identities/principal.ts';
import { groupIdOf, nameOf } from '../store/ids.ts';
import { completeProfile, normalized } from './normalize.ts';
import type { VmSource } from './source.ts';
import { computeTime } from '../arm/times.ts';

export type VmDraft = {
  readonly id: string;
  readonly location: string;
  readonly osDiskId: string;
  readonly source: VmSource | undefined;
};

/** The VM as ARM shows it while it is created. Passwords and custom data never come back. */
export function newBody(request: ArmRequest, draft: VmDraft): JsonObject {
  const properties = normalized(objectAt(request.body, 'properties'));
  const osProfile = objectAt(properties, 'osProfile');
  const shown: JsonObject = {
    ...without(properties, 'networkProfile'),
    vmId: randomUUID(),
    timeCreated: computeTime(),
    storageProfile: storageProfile(properties, draft),
    provisioningState: 'Creating',
  };
  if (Object.keys(osProfile).length > 0)
    shown['osProfile'] = {
      secrets: [],
      allowExtensionOperations: true,
      requireGuestProvisionSignal: true,
      ...without(completeProfile(osProfile, draft.source?.osType ?? 'Linux'), 'adminPassword', 'customData'),
    };
  const body = envelope(draft.id, draft.location, request.body, shown);
  return { ...body, ...withIdentity(request.body) };
}

function storageProfile(properties: JsonObject, { osDiskId, source }: VmDraft): JsonObject {
  const profile = objectAt(properties, 'storageProfile');
  const osDisk = objectAt(profile, 'osDisk');
  return {
    ...(source?.generation === 'V2' ? { diskControllerType: 'SCSI' } : {}),
    ...profile,
    ...(source === undefined ? {} : { imageReference: source.reference }),
    osDisk: {
      caching: 'ReadWrite',
      deleteOption: 'Detach',
      createOption: 'FromImage',
      ...osDisk,
      osType: source?.osType ?? textAt(osDisk, 'osType') ?? 'Linux',
      name: nameOf(osDiskId),
      managedDisk: { storageAccountType: 'Premium_LRS', ...objectAt(osDisk, 'managedDisk'), id: osDiskId },
    },
    dataDisks: listAt(profile, 'dataDisks'),
  };
}

/** `{VM}_OsDisk_1_{32 hex}` unless the caller named it; an attached disk keeps its id. */
export function osDiskIdOf(vmId: string, properties: JsonObject): string {
  const osDisk = objectAt(properties, 'storageProfile.osDisk');
  const attached = textAt(osDisk, 'managedDisk.id');
  if (attached !== undefined) return attached;
  const name = textAt(osDisk, 'name') ?? `${nameOf(vmId)}_OsDisk_1_${randomUUID().replaceAll('-', '')}`;
  return diskId(vmId, name);
}

export function diskId(vmId: string, name: string): string {
  return `${groupIdOf(vmId)}/providers/Microsoft.Compute/disks/${name}`;
}

/** Each user-assigned identity is shown with the ids of its service principal. */
function withIdentity(body: JsonObject): JsonObject {
  const identity = objectAt(body, 'identity');
  const assigned = objectAt(identity, 'userAssignedIdentities');
  const shown = Object.keys(assigned).map((id): [string, JsonObject] => [id, principalOf(id)]);
  if (!isObject(body['identity'])) return {};
  return { identity: { ...identity, userAssignedIdentities: Object.fromEntries(shown) } };
}

/** Managed disks of a VM: the OS disk, then the data disks. */
export function diskIdsOf(vmBody: JsonObject): string[] {
  const profile = objectAt(vmBody, 'properties.storageProfile');
  const ids = [objectAt(profile, 'osDisk'), ...listAt(profile, 'dataDisks')];
  return ids.map((disk) => textAt(disk, 'managedDisk.id')).filter((id) => id !== undefined);
}
