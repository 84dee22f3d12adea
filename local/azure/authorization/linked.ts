import { at, isObject, listAt, objectAt, textAt, type Json, type JsonObject } from '../json.ts';
import { typeOf } from '../store/ids.ts';
import type { Need } from './action.ts';

/**
 * What Azure asks besides the action of the call itself: rights on the resources that a body refers to, and on those that
 * come and go with it on the caller's behalf. `body` is the request's, for a removal that of the resource; `group` is the id
 * of the resource group that the call is about.
 */
export function linkedNeeds(operation: string, body: JsonObject, group: string): readonly Need[] {
  return RULES[operation]?.(body, group) ?? [];
}

type Rule = (body: JsonObject, group: string) => Need[];

const RULES: Readonly<Record<string, Rule>> = {
  VirtualMachines_CreateOrUpdate: (body, group) => [
    ...identities(body),
    ...disksOf(objectAt(body, 'properties.storageProfile'), group),
    ...interfacesOf(objectAt(body, 'properties.networkProfile'), group),
  ],
  VirtualMachines_Update: identities,
  VirtualMachines_Delete: goesWithMachine,
  NetworkInterfaces_CreateOrUpdate: (body) => interfaceNeeds(objectAt(body, 'properties')),
  VirtualNetworks_CreateOrUpdate: (body) => listAt(body, 'properties.subnets').flatMap(subnetNeeds),
  Subnets_CreateOrUpdate: subnetNeeds,
  NatGateways_CreateOrUpdate: (body) =>
    listAt(body, 'properties.publicIpAddresses').flatMap((address) => need(address['id'], 'join/action')),
  Images_CreateOrUpdate: (body) => [
    ...sourceNeeds(at(body, 'properties.sourceVirtualMachine.id')),
    ...sourceNeeds(at(body, 'properties.storageProfile.osDisk.managedDisk.id')),
    ...sourceNeeds(at(body, 'properties.storageProfile.osDisk.snapshot.id')),
  ],
  Disks_CreateOrUpdate: copyNeeds,
  Snapshots_CreateOrUpdate: copyNeeds,
  GalleryImageVersions_CreateOrUpdate: (body) => {
    const profile = at(body, 'properties.storageProfile');
    const sources = ['source.id', 'source.virtualMachineId', 'osDiskImage.source.id'];
    return sources.flatMap((path) => sourceNeeds(at(profile, path)));
  },
};

function identities(body: JsonObject): Need[] {
  const ids = Object.keys(objectAt(body, 'identity.userAssignedIdentities'));
  return ids.flatMap((id) => need(id, 'assign/action'));
}

/** A disk made for a machine is written on the caller's behalf; one that is attached has to be the caller's to write. */
function disksOf(profile: JsonObject, group: string): Need[] {
  const disks = [objectAt(profile, 'osDisk'), ...listAt(profile, 'dataDisks')];
  return [
    ...sourceNeeds(at(profile, 'imageReference.id')),
    ...disks
      .filter((disk) => isObject(disk['managedDisk']))
      .map((disk) => ({
        action: 'Microsoft.Compute/disks/write',
        scope: textAt(disk, 'managedDisk.id') ?? group,
      })),
  ];
}

/** `body` is the machine's own here: what it was told to take with it. */
function goesWithMachine(body: JsonObject): Need[] {
  const storage = objectAt(body, 'properties.storageProfile');
  const disks = [objectAt(storage, 'osDisk'), ...listAt(storage, 'dataDisks')].map((disk) => ({
    id: at(disk, 'managedDisk.id'),
    option: textAt(disk, 'deleteOption'),
  }));
  const interfaces = listAt(body, 'properties.networkProfile.networkInterfaces').map((one) => ({
    id: one['id'],
    option: textAt(one, 'properties.deleteOption') ?? textAt(one, 'deleteOption'),
  }));
  return [...disks, ...interfaces]
    .filter(({ option }) => option === 'Delete')
    .flatMap(({ id }) => need(id, 'delete'));
}

/** Interfaces that a machine's own body declares are written on the caller's behalf. */
function interfacesOf(profile: JsonObject, group: string): Need[] {
  const declared = listAt(profile, 'networkInterfaceConfigurations');
  return [
    ...listAt(profile, 'networkInterfaces').flatMap((one) => need(one['id'], 'join/action')),
    ...declared.map(() => ({ action: 'Microsoft.Network/networkInterfaces/write', scope: group })),
    ...declared.flatMap((one) => interfaceNeeds(objectAt(one, 'properties'))),
  ];
}

function interfaceNeeds(properties: JsonObject): Need[] {
  return [
    ...need(at(properties, 'networkSecurityGroup.id'), 'join/action'),
    ...listAt(properties, 'ipConfigurations').flatMap((ip) => [
      ...need(at(ip, 'properties.subnet.id'), 'join/action'),
      ...need(at(ip, 'properties.publicIPAddress.id'), 'join/action'),
    ]),
  ];
}

function subnetNeeds(subnet: JsonObject): Need[] {
  return [
    ...need(at(subnet, 'properties.networkSecurityGroup.id'), 'join/action'),
    ...need(at(subnet, 'properties.natGateway.id'), 'join/action'),
  ];
}

/**
 * Machines, disks and snapshots that become an image have to be the caller's to write; images only to read.
 * https://learn.microsoft.com/azure/virtual-machines/image-version
 */
function sourceNeeds(id: Json | undefined): Need[] {
  const isImage = typeof id === 'string' && /\/(images|versions)$/i.test(typeOf(id));
  return need(id, isImage ? 'read' : 'write');
}

/** A copy is read through the door that an export uses. */
function copyNeeds(body: JsonObject): Need[] {
  const data = at(body, 'properties.creationData');
  return [
    ...need(at(data, 'sourceResourceId'), 'beginGetAccess/action'),
    ...sourceNeeds(at(data, 'imageReference.id')),
    ...sourceNeeds(at(data, 'galleryImageReference.id')),
  ];
}

function need(id: Json | undefined, verb: string): Need[] {
  return typeof id === 'string' ? [{ action: `${typeOf(id)}/${verb}`, scope: id }] : [];
}
