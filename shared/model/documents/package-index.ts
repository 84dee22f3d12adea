import type { InventoryPackage, PackageType } from '../inventory.ts';
import type { RunId, TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/** An image in the index of packages. */
export type IndexedImage = {
  readonly ref: TemplateRef;
  readonly runId: RunId;
  readonly at: Timestamp;
  /** Numbers of its gallery versions. */
  readonly versions: readonly string[];
  /** `debian 12`. */
  readonly os: string;
  /** A simulated machine has made its packages up. */
  readonly simulated?: true;
};

/** `package-index/new/<run id>.json`: one image, until the janitor has folded it into the shards. */
export type ImageNote = {
  readonly schema: 1;
  readonly image: IndexedImage;
  readonly packages: readonly IndexedPackage[];
};

/** `package-index/gone/<…>.json`: a template was removed at that time, and its runs with it. */
export type GoneNote = { readonly schema: 1; readonly gone: TemplateRef; readonly at: Timestamp };

export type IndexedPackage = readonly [type: PackageType, name: string, version: string, source?: string];

/** `package-index/<shard>.json`: packages by name, and by the name of their source, each with the images that have it. */
export type IndexShard = {
  readonly schema: 1;
  readonly images: readonly IndexedImage[];
  /** By lower-case name: what is found under it, and where, as numbers of `images`. */
  readonly names: Readonly<Record<string, readonly Posting[]>>;
};
export type Posting = { readonly found: IndexedPackage; readonly in: readonly number[] };

export type PackageHit = { readonly image: IndexedImage; readonly packages: readonly IndexedPackage[] };

/** A shard of 500 images with 700 packages each is about 200 KB; a question reads one. */
export const SHARDS = 32;

export const EMPTY_SHARD: IndexShard = { schema: 1, images: [], names: {} };

/** FNV-1a, because a fold asks for every package of every image. What is stored depends on it: it stays as it is. */
export function shardOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const unit of name.toLowerCase()) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % SHARDS;
}

export function indexedPackages(packages: readonly InventoryPackage[]): IndexedPackage[] {
  return packages.map(({ type, name, version, source }) =>
    source === undefined || source.name === name ? [type, name, version] : [type, name, version, source.name],
  );
}

/** What the index knows of a name: of the shard, and of what is not folded into it yet. */
export function hitsOf(
  name: string,
  shard: IndexShard,
  notes: readonly ImageNote[],
  gone: readonly GoneNote[],
): PackageHit[] {
  const key = name.toLowerCase();
  const newer = new Set(notes.map(({ image }) => image.runId));
  const found = new Map<number, IndexedPackage[]>();
  for (const posting of Object.hasOwn(shard.names, key) ? (shard.names[key] ?? []) : [])
    for (const index of posting.in) found.set(index, [...(found.get(index) ?? []), posting.found]);
  const folded = [...found].flatMap(([index, packages]) => {
    const image = shard.images[index];
    return image === undefined || newer.has(image.runId) ? [] : [{ image, packages }];
  });
  const fresh = notes.flatMap(({ image, packages }) => {
    const own = packages.filter((one) => namesOf(one).includes(key));
    return own.length === 0 ? [] : [{ image, packages: own }];
  });
  return [...folded, ...fresh].filter(({ image }) => !isGone(image, gone));
}

/** A shard with more images in it, and without those that are gone or come anew. Doing it twice changes nothing. */
export function fold(
  shard: IndexShard,
  number: number,
  notes: readonly ImageNote[],
  gone: readonly GoneNote[],
): IndexShard {
  const newer = new Set(notes.map(({ image }) => image.runId));
  const images = shard.images.filter((image) => !newer.has(image.runId) && !isGone(image, gone));
  const places = new Map(images.map((image, index) => [image.runId, index]));
  const names = new Names();
  const moved = shard.images.map(({ runId }) => places.get(runId));
  for (const [key, postings] of Object.entries(shard.names))
    for (const { found, in: where } of postings)
      for (const place of where.flatMap((index) => moved[index] ?? [])) names.add(key, found, place);
  for (const { image, packages } of notes.filter((note) => !isGone(note.image, gone))) {
    const place = images.push(image) - 1;
    const keys = packages.flatMap((one) => namesOf(one).map((key) => ({ key, one })));
    for (const { key, one } of keys) if (shardOf(key) === number) names.add(key, one, place);
  }
  return { schema: 1, images, names: names.all() };
}

/** Where each package is, under each of its names. */
class Names {
  readonly #names = new Map<string, Map<string, { readonly found: IndexedPackage; readonly in: number[] }>>();

  add(key: string, found: IndexedPackage, place: number): void {
    const postings = this.#names.get(key) ?? new Map<string, { found: IndexedPackage; in: number[] }>();
    this.#names.set(key, postings);
    const text = found.join('\t');
    const posting = postings.get(text);
    if (posting === undefined) postings.set(text, { found, in: [place] });
    else posting.in.push(place);
  }

  all(): IndexShard['names'] {
    return Object.fromEntries([...this.#names].map(([key, postings]) => [key, [...postings.values()]]));
  }
}

function namesOf([, name, , source]: IndexedPackage): string[] {
  const own = name.toLowerCase();
  const from = source?.toLowerCase();
  return from === undefined || from === own ? [own] : [own, from];
}

function isGone({ ref, at }: IndexedImage, gone: readonly GoneNote[]): boolean {
  const key = keyOf(ref);
  return gone.some((note) => keyOf(note.gone) === key && at <= note.at);
}

function keyOf({ subscriptionId, resourceGroup, name }: TemplateRef): string {
  return [subscriptionId, resourceGroup, name].join('/').toLowerCase();
}
