import type { Azure, Definition } from '../../shared/azure/ports.ts';
import type { ImageTemplate } from '../../shared/template/model.ts';

type Targets = Pick<ImageTemplate['properties'], 'distribute'>;

/** The gallery image definitions of a template, by their id in lower case; those that are not there are left out. */
export async function findDefinitions(
  { galleries }: Pick<Azure, 'galleries'>,
  { distribute }: Targets,
): Promise<Map<string, Definition>> {
  const ids = distribute.flatMap((target) => (target.type === 'SharedImage' ? [target.galleryImageId] : []));
  const distinct = new Map(ids.map((id) => [id.toLowerCase(), id]));
  const found = await Promise.all(
    [...distinct].map(async ([key, id]) => [key, await galleries.definition(id)] as const),
  );
  return new Map(found.flatMap(([key, definition]) => (definition ? [[key, definition] as const] : [])));
}
