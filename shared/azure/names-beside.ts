import { parseResourceId } from '../model/ids.ts';
import type { ResourceId } from '../model/template.ts';
import { addressOf, definitionOf } from './addresses.ts';
import type { Connection } from './clients.ts';
import { orUndefined } from './ownership.ts';

/** More are no help to somebody who has misspelt one. */
const MOST = 500;

/** What there is of the same type in the same place; none where the place itself is not there. */
export async function namesBeside(connection: Connection, id: ResourceId): Promise<string[]> {
  if (parseResourceId(id)?.names.length === 1) {
    const { clients, group } = addressOf(connection, id);
    return await first(clients.compute.images.listByResourceGroup(group));
  }
  const { clients, group, gallery, definition, version } = definitionOf(connection, id);
  return version === undefined
    ? await first(clients.compute.galleryImages.listByGallery(group, gallery))
    : await first(clients.compute.galleryImageVersions.listByGalleryImage(group, gallery, definition));
}

async function first(pages: AsyncIterable<{ readonly name?: string }>): Promise<string[]> {
  const names: string[] = [];
  const collect = async (): Promise<void> => {
    for await (const { name } of pages) {
      if (name !== undefined) names.push(name);
      if (names.length >= MOST) return;
    }
  };
  await orUndefined(collect());
  return names;
}
