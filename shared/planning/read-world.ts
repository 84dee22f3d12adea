import { groupIdOf } from '../model/ids.ts';
import type { Azure, Definition } from '../ports/azure.ts';
import { withTargetGeneration } from './install-plan.ts';
import { readIdentity } from './read-identities.ts';
import { resolveSource } from './resolve-source.ts';
import { type Failure, isRetryable, KilnError } from '../errors/failure.ts';
import { resourceId } from '../model/convert.ts';
import type { ImageTemplate, ResourceId } from '../model/template.ts';
import { parseResourceId, resourceGroupId, sameResource, splitGalleryImageId } from '../model/ids.ts';
import { createReader, type Reader } from './reader.ts';
import { kindOf } from '../targets/all.ts';
import type { Seen } from '../model/seen.ts';
import type { World } from './world.ts';

const UNKNOWN = 'unknown' as const;

type Given = Pick<World, 'now' | 'runId' | 'body'> & {
  /** What was refused before anything was read. */
  readonly refusals: readonly Failure[];
};

/**
 * Reads what decides whether a template can be built: a few things at a time, and each of them once. Throws what may be
 * otherwise in a minute; whatever else Azure says against the template is in `refusals`.
 */
export async function readWorld(azure: Azure, template: ImageTemplate, given: Given): Promise<World> {
  const read = createReader();
  const { ref, location, properties } = template;
  const place = { subscriptionId: ref.subscriptionId, location };
  const refusals: Failure[] = [...given.refusals];
  const orRefused = async <T>(ask: () => Promise<T>): Promise<T | undefined> =>
    await read(ask).catch((error: unknown) => {
      refusals.push(refusalIn(error));
      return undefined;
    });
  const groups = groupReader(azure, read);
  const [home, source, definitions, identities, surroundings, targets] = await Promise.all([
    groups(resourceGroupId(ref)),
    orRefused(() => at('/properties/source', resolveSource(azure.sources, properties.source, place))),
    readDefinitions(azure, template, orRefused),
    Promise.all(template.identities.map((id) => orRefused(() => readIdentity(azure.identities, id)))),
    readSurroundings(azure, template, read),
    readTargets(azure, template, { read, groups }),
  ]);
  const { now, runId, body } = given;
  return {
    now,
    ...(runId && { runId }),
    body,
    home,
    source: source && withTargetGeneration(source, definitions),
    definitions,
    ...surroundings,
    ...targets,
    identities: identities.flatMap((one) => one ?? []),
    // In the order of the template, not of the answers.
    refusals: refusals.toSorted((a, b) => (a.target ?? '').localeCompare(b.target ?? '', 'en')),
  };
}

/** Throws what is no word against the template: Azure is busy or away, or Kiln is broken. */
function refusalIn(error: unknown): Failure {
  if (!(error instanceof KilnError) || isRetryable(error.failure)) throw error;
  return error.failure;
}

type GroupReader = (id: string) => Promise<Seen<true>>;

/** The group of the template is often that of its targets. */
function groupReader({ catalogue }: Azure, read: Reader): GroupReader {
  const asked = new Map<string, Promise<Seen<true>>>();
  return async (id) => {
    const key = id.toLowerCase();
    const answer = asked.get(key) ?? seen(read, () => catalogue.group(id));
    asked.set(key, answer);
    return await answer;
  };
}

type OrRefused = <T>(ask: () => Promise<T>) => Promise<T | undefined>;

/** By their id in lower case; those that are not there are left out. */
async function readDefinitions(
  { galleries }: Azure,
  { properties }: ImageTemplate,
  orRefused: OrRefused,
): Promise<Map<string, Definition>> {
  const ids = properties.distribute.flatMap((target, index) => {
    const { definition } = kindOf(target).reads(target);
    return definition === undefined ? [] : [{ id: definition, index }];
  });
  const distinct = new Map(ids.toReversed().map((one) => [one.id.toLowerCase(), one]));
  const found = await Promise.all(
    [...distinct].map(async ([key, { id, index }]) => {
      const pointer = `/properties/distribute/${index}/galleryImageId`;
      return [key, await orRefused(() => at(pointer, galleries.definition(id)))] as const;
    }),
  );
  return new Map(found.flatMap(([key, definition]) => (definition ? [[key, definition] as const] : [])));
}

/** Gives a refusal the place in the template that it is about, unless it says itself which field that is. */
async function at<T>(target: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof KilnError) || error.failure.target?.startsWith(target) === true) throw error;
    throw new KilnError({ ...error.failure, target }, { cause: error });
  }
}

type Surroundings = Pick<World, 'regions' | 'sizes' | 'usages' | 'subnet' | 'stagingGroup'>;

async function readSurroundings(azure: Azure, template: ImageTemplate, read: Reader): Promise<Surroundings> {
  const { catalogue, groups } = azure;
  const { location, ref, properties } = template;
  const { subnetId } = properties.vmProfile;
  const staging = properties.stagingResourceGroup;
  const isOwn = (id: string | undefined): id is ResourceId =>
    id !== undefined && sameResource(parseResourceId(id)?.subscriptionId ?? '', ref.subscriptionId);
  const [regions, sizes, usages, subnet, stagingGroup] = await Promise.all([
    seen(read, () => catalogue.regions()),
    seen(read, () => catalogue.sizes(location)),
    seen(read, () => catalogue.usages(location)),
    isOwn(subnetId) ? seen(read, () => catalogue.subnet(subnetId)) : UNKNOWN,
    isOwn(staging) ? seen(read, () => groups.get(staging.split('/').at(-1) ?? '')) : UNKNOWN,
  ]);
  const byName =
    typeof sizes === 'object'
      ? { there: new Map(sizes.there.map((size) => [size.name.toLowerCase(), size])) }
      : sizes;
  return { regions, sizes: byName, usages, subnet, stagingGroup };
}

async function readTargets(
  { images, galleries }: Azure,
  { properties }: ImageTemplate,
  { read, groups }: { read: Reader; groups: GroupReader },
): Promise<Pick<World, 'groups' | 'images' | 'versions'>> {
  const wanted = properties.distribute.map((target) => kindOf(target).reads(target));
  const managed = wanted.flatMap(({ image }) => image ?? []);
  const exact = wanted.flatMap(({ version }) => version ?? []);
  const targets = managed.flatMap((id) => groupIdOf(id) ?? []);
  const [inGroups, inImages, inVersions] = await Promise.all([
    byKey(targets, groups),
    byKey(managed, (id) => seen(read, () => images.get(id))),
    byKey(exact, (id) => seen(read, () => versionOf(galleries, id))),
  ]);
  return { groups: inGroups, images: inImages, versions: inVersions };
}

async function versionOf(galleries: Azure['galleries'], id: string) {
  const { definition, version = '' } = splitGalleryImageId(id);
  return await galleries.version(resourceId(definition), version);
}

async function byKey<Id extends string, T>(
  ids: readonly Id[],
  look: (id: Id) => Promise<Seen<T>>,
): Promise<Map<string, Seen<T>>> {
  const distinct = new Map(ids.map((id) => [id.toLowerCase(), id]));
  return new Map(await Promise.all([...distinct].map(async ([key, id]) => [key, await look(id)] as const)));
}

/** Throws what may be otherwise in a minute. What Kiln may not read, or Azure does not explain, stays unknown. */
async function seen<T>(read: Reader, ask: () => Promise<T | undefined>): Promise<Seen<T>> {
  try {
    const found = await read(ask);
    return found === undefined ? 'absent' : { there: found };
  } catch (error) {
    return refusalIn(error).code === 'AzureNotFound' ? 'absent' : 'unknown';
  }
}
