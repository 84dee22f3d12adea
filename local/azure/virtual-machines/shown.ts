import type { Cloud } from '../cloud.ts';
import { without } from '../arm/bodies.ts';
import { listAt, objectAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';
import { powerOf } from './instance-view.ts';

/** A VM as a GET shows it: with the number of its changes, and of a deallocated one without what its disks are like. */
export function shownVm(cloud: Cloud, vm: Resource): JsonObject {
  const { body, id } = vm;
  const etag = `"${cloud.resources.historyOf(id).revision}"`;
  if (powerOf(cloud, vm) !== 'deallocated') return { ...body, etag };
  const properties = objectAt(body, 'properties');
  const profile = objectAt(properties, 'storageProfile');
  const storageProfile = {
    ...profile,
    osDisk: withoutSize(objectAt(profile, 'osDisk')),
    dataDisks: listAt(profile, 'dataDisks').map(withoutSize),
  };
  return { ...body, etag, properties: { ...properties, storageProfile } };
}

function withoutSize(disk: JsonObject): JsonObject {
  const managedDisk = without(objectAt(disk, 'managedDisk'), 'storageAccountType');
  return { ...without(disk, 'diskSizeGB'), managedDisk };
}
