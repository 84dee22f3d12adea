import { region } from '../../model/convert.ts';
import type { Problem } from '../../model/problem.ts';
import { thing } from '../../model/seen.ts';
import { isMadeBy } from '../../model/tags.ts';
import type { Region } from '../../model/template.ts';
import type { Around, Authored, Place, TargetOf } from '../kind.ts';

type Target = TargetOf<'SharedImage'>;

/** https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#limits */
const MOST_REPLICAS = 100;

/** What stands in the way of a version in Azure: its definition, its regions, its number. */
export function obstacles(
  target: Target,
  around: Around,
  { pointer, authored }: { readonly pointer: string; readonly authored: Authored },
): Problem[] {
  return [
    ...definitionProblems(target, around, `${pointer}/galleryImageId`),
    ...replicaProblems(target, pointer),
    ...versionProblems(target, around, `${pointer}${versionField(authored)}`),
  ];
}

/** One that may not be read has been told as such. */
function definitionProblems(target: Target, { definitions, refusals }: Around, pointer: string): Problem[] {
  const value = target.galleryImageId;
  const told = refusals.some((refusal) => refusal.target === pointer);
  if (told || definitions.has(value.toLowerCase())) return [];
  return [
    {
      code: 'TargetNotFound',
      target: pointer,
      value,
      why: `There is no gallery image definition ${value}.`,
      remedy: 'Create it first (az sig image-definition create), or correct the id.',
    },
  ];
}

function replicaProblems({ targetRegions }: Target, pointer: string): Problem[] {
  const count = targetRegions.reduce((sum, { replicaCount }) => sum + replicaCount, 0);
  if (count <= MOST_REPLICAS) return [];
  return [
    {
      code: 'InvalidValue',
      target: `${pointer}/targetRegions`,
      value: String(count),
      why: `The regions ask for ${count} replicas together; a version has ${MOST_REPLICAS} at most.`,
      remedy: 'Ask for fewer replicas.',
    },
  ];
}

/** A submission may say again what its template has built before; a run cannot build it a second time. */
function versionProblems(target: Target, around: Around, pointer: string): Problem[] {
  const id = exactVersionId(target);
  const existing = id === undefined ? undefined : thing(around.versions.get(id.toLowerCase()));
  if (id === undefined || existing === undefined) return [];
  if (around.runId === undefined && isMadeBy(around.ref, id, existing.tags)) return [];
  return [
    {
      code: 'VersionExists',
      target: pointer,
      value: id,
      why: `The version ${id} exists already.`,
      remedy: 'Write a number that is not taken, or let Kiln count: {"scheme": "Latest"}.',
    },
  ];
}

/** Two ways to name a version exactly: a field, or the end of the id. */
function versionField({ versioning }: Authored): string {
  return isObject(versioning) ? '/versioning/version' : '/galleryImageId';
}

export function exactVersionId({ galleryImageId, versioning }: Target): string | undefined {
  return versioning.scheme === 'Exact' ? `${galleryImageId}/versions/${versioning.version}` : undefined;
}

/** Regions, each with the field that the author has written it in: the model knows only one of the two for it. */
export function places({ targetRegions }: Target, location: Region, authored: Authored): Place[] {
  return targetRegions
    .filter(({ name }) => name !== location)
    .map(({ name }) => ({ name, field: fieldOf(authored, name) }));
}

function fieldOf({ replicationRegions: old, targetRegions: now }: Authored, name: Region): string {
  const same = (value: unknown): boolean => typeof value === 'string' && region(value) === name;
  const inOld = Array.isArray(old) ? old.findIndex(same) : -1;
  if (inOld !== -1) return `/replicationRegions/${inOld}`;
  const inNow = Array.isArray(now) ? now.findIndex((one) => isObject(one) && same(one['name'])) : -1;
  return inNow === -1 ? '' : `/targetRegions/${inNow}/name`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
