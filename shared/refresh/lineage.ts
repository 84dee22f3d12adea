import type { TemplateHead } from '../model/documents/documents.ts';
import { splitGalleryImageId, templateId } from '../model/ids.ts';
import { isObject } from '../template/schema/node.ts';

/** Which gallery definitions a template is built from and goes to; compared without case. */
export type Links = {
  readonly id: string;
  readonly name: string;
  readonly source: string | undefined;
  readonly targets: readonly string[];
};

/** Read from the body, in whatever api-version it is: these fields are the same in all. */
export function linksOf({ ref, body }: Pick<TemplateHead, 'ref' | 'body'>): Links {
  const properties = isObject(body) && isObject(body['properties']) ? body['properties'] : {};
  const source = isObject(properties['source']) ? properties['source']['imageVersionId'] : undefined;
  const targets = Array.isArray(properties['distribute']) ? properties['distribute'] : [];
  const definition = (id: unknown) =>
    typeof id === 'string' ? splitGalleryImageId(id).definition.toLowerCase() : undefined;
  return {
    id: templateId(ref).toLowerCase(),
    name: ref.name,
    source: definition(source),
    targets: targets.flatMap((target: unknown) =>
      isObject(target) ? (definition(target['galleryImageId']) ?? []) : [],
    ),
  };
}

/** Templates that make what this one is built from. */
export function parentsOf(links: Links, all: readonly Links[]): Links[] {
  const { source } = links;
  return source === undefined ? [] : all.filter((other) => other.targets.includes(source));
}

/** Parents before the templates that are derived from them. What is in a circle comes last, in the given order. */
export function parentsFirst(all: readonly Links[]): Links[] {
  const ordered: Links[] = [];
  const visit = (links: Links, path: readonly Links[]): void => {
    if (ordered.includes(links) || path.includes(links)) return;
    for (const parent of parentsOf(links, all)) visit(parent, [...path, links]);
    if (!ordered.includes(links)) ordered.push(links);
  };
  for (const links of all) visit(links, []);
  return ordered;
}

/** The names along a way from this template back to itself, or undefined. */
export function circleThrough(start: Links, all: readonly Links[]): readonly string[] | undefined {
  const others = all.filter(({ id }) => id !== start.id);
  const seen = new Set<string>();
  const search = (from: Links, path: readonly string[]): readonly string[] | undefined => {
    for (const next of [...others, start].filter(
      ({ source }) => source !== undefined && from.targets.includes(source),
    )) {
      if (next.id === start.id) return [...path, start.name];
      if (seen.has(next.id)) continue;
      seen.add(next.id);
      const found = search(next, [...path, next.name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(start, [start.name]);
}
