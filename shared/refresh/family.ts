import type { TemplateHead } from '../model/documents/documents.ts';
import { linksOf, type Links } from './lineage.ts';

/** A template among those that it is made from or that are made from it. */
export type Relative = {
  readonly head: TemplateHead;
  /** Ids of templates in the family that make its source, in lower case as `id`. */
  readonly id: string;
  readonly parents: readonly string[];
  /** A parent has a newer image than the one that it was built from. */
  readonly isBehind: boolean;
};

/** All ancestors and descendants of a template, with it; of heads that the reader may see. */
export function familyOf(start: TemplateHead, heads: readonly TemplateHead[]): Relative[] {
  const known = new Map(heads.map((head) => [linksOf(head).id, { head, links: linksOf(head) }] as const));
  const own = linksOf(start);
  known.set(own.id, { head: start, links: own });
  const all = [...known.values()].map(({ links }) => links);
  const isParent = (parent: Links, child: Links): boolean =>
    parent.id !== child.id && child.source !== undefined && parent.targets.includes(child.source);
  const reach = (next: (links: Links) => Links[]): Set<string> => {
    const seen = new Set([own.id]);
    for (const id of seen) for (const one of next(known.get(id)?.links ?? own)) seen.add(one.id);
    return seen;
  };
  const above = reach((links) => all.filter((other) => isParent(other, links)));
  const below = reach((links) => all.filter((other) => isParent(links, other)));
  return [...new Set([...above, ...below])].flatMap((id): Relative[] => {
    const one = known.get(id);
    if (one === undefined) return [];
    const parents = all.filter((other) => isParent(other, one.links));
    const built = one.head.built?.at;
    const isBehind = parents.some((parent) => isNewer(known.get(parent.id)?.head.built?.at, built));
    return [{ head: one.head, id, parents: parents.map((parent) => parent.id), isBehind }];
  });
}

const isNewer = (parent: string | undefined, own: string | undefined): boolean =>
  parent !== undefined && own !== undefined && parent > own;
