import type { Cloud } from '../cloud.ts';
import { sizeProperties, type Backing } from '../disks/backing.ts';
import { listAt, numberAt, objectAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';

/** As asked for, with the caching that the service fills in. */
export function storageProfileOf(properties: JsonObject): JsonObject {
  const given = objectAt(properties, 'storageProfile');
  const data = listAt(given, 'dataDiskImages').map((disk) => ({ hostCaching: 'ReadOnly', ...disk }));
  return {
    ...given,
    ...(given['osDiskImage'] === undefined
      ? {}
      : { osDiskImage: { hostCaching: 'ReadWrite', ...objectAt(given, 'osDiskImage') } }),
    ...(data.length === 0 ? {} : { dataDiskImages: data }),
  };
}

/**
 * What a finished version shows of its disks: size and caching of each, and of a VM or an image the LUNs that the caller
 * never named.
 */
export async function disksOf(cloud: Cloud, profile: JsonObject, backing: Backing): Promise<JsonObject> {
  const sizeInGB = async (disk: string) => numberAt(await sizeProperties(cloud, disk), 'diskSizeGB');
  const named = new Map(listAt(profile, 'dataDiskImages').map((disk) => [numberAt(disk, 'lun'), disk]));
  const dataDiskImages: JsonObject[] = [];
  for (const { lun, disk } of backing.dataDisks)
    dataDiskImages.push({ lun, hostCaching: 'None', ...named.get(lun), sizeInGB: await sizeInGB(disk) });
  return {
    ...profile,
    osDiskImage: {
      hostCaching: 'ReadWrite',
      source: {},
      ...objectAt(profile, 'osDiskImage'),
      sizeInGB: await sizeInGB(backing.disk),
    },
    ...(dataDiskImages.length === 0 ? {} : { dataDiskImages }),
  };
}

/** Stores what the version shows once its content is there. */
export async function showDisks(cloud: Cloud, version: Resource, backing: Backing): Promise<void> {
  const profile = objectAt(version.body, 'properties.storageProfile');
  const storageProfile = await disksOf(cloud, profile, backing);
  cloud.resources.change(version.id, { properties: { storageProfile } });
}
