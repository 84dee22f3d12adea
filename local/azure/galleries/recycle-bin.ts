import type { Cloud } from '../cloud.ts';
import { flagAt, objectAt, type JsonObject } from '../json.ts';
import { nameOf, parentOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/**
 * A gallery may keep what is deleted. A kept version is in no list and no GET finds it, its number stays taken, and a PUT
 * of that number brings the old version back, whatever the request says about its source (recorded).
 * https://learn.microsoft.com/azure/virtual-machines/soft-delete-gallery
 */
export function keepsDeleted(cloud: Cloud, version: Resource): boolean {
  const gallery = cloud.resources.get(parentOf(parentOf(version.id)));
  return flagAt(gallery?.body, 'properties.softDeletePolicy.isSoftDeleteEnabled') === true;
}

/** No list of versions finds it there, and no list of resources shows what has no location. */
function keptId(versionId: string): string {
  return `${parentOf(versionId)}/softDeletedVersions/${nameOf(versionId)}`;
}

export function keep(cloud: Cloud, { id, body, state }: Resource): void {
  cloud.resources.put({ id: keptId(id), body: { kept: body }, state });
  cloud.resources.remove(id);
}

/** The version that was kept under this id, back in its place; undefined when the bin has none. */
export function restore(cloud: Cloud, versionId: string, request: JsonObject): Resource | undefined {
  const kept = cloud.resources.get(keptId(versionId));
  if (kept === undefined) return undefined;
  const before = objectAt(kept.body, 'kept');
  const { tags } = request;
  const properties = { ...objectAt(before, 'properties'), provisioningState: 'Updating' };
  const body = { ...before, ...(tags === undefined ? {} : { tags }), properties };
  cloud.resources.remove(kept.id);
  return cloud.resources.put({ id: versionId, body, state: kept.state });
}
