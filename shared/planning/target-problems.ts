import { groupIdOf } from '../model/ids.ts';
import { isMadeBy } from '../model/tags.ts';
import type { Distributor, ImageTemplate } from '../model/template.ts';
import { parseResourceId } from '../model/ids.ts';
import { isObject } from '../template/schema/node.ts';
import { authoredTarget } from './authored.ts';
import type { Problem } from '../model/problem.ts';
import { thing, type World } from './world.ts';

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute */
const IMAGE_NAME = /^[A-Za-z0-9](?:[\w.-]{0,78}[\w])?$/;
/** https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#limits */
const MOST_REPLICAS = 100;

type ManagedImage = Extract<Distributor, { type: 'ManagedImage' }>;
type SharedImage = Extract<Distributor, { type: 'SharedImage' }>;

/** What speaks against the places where results go, apart from what the source has to do with it. */
export function placeOfTargets(template: ImageTemplate, world: World): Problem[] {
  return template.properties.distribute.flatMap((target, index) => {
    const pointer = `/properties/distribute/${index}`;
    switch (target.type) {
      case 'ManagedImage':
        return imageProblems(template, world, { target, pointer: `${pointer}/imageId` });
      case 'SharedImage':
        return [
          ...definitionProblems(world, { target, pointer: `${pointer}/galleryImageId` }),
          ...replicaProblems(target, pointer),
          ...versionProblems(template, world, {
            target,
            pointer: `${pointer}${versionField(world.body, index)}`,
          }),
        ];
      case 'VHD':
        return [];
      default:
        return target satisfies never;
    }
  });
}

/** True when a name could be that of a managed image: others are not even looked for. */
export function isImageName(id: string): boolean {
  return IMAGE_NAME.test(parseResourceId(id)?.names.at(-1) ?? '');
}

function imageProblems(
  template: ImageTemplate,
  world: World,
  { target, pointer }: { target: ManagedImage; pointer: string },
): Problem[] {
  const { imageId } = target;
  const base = { target: pointer, value: imageId } as const;
  if (!isImageName(imageId))
    return [
      {
        ...base,
        code: 'InvalidValue',
        why: `"${parseResourceId(imageId)?.names.at(-1)}" cannot be the name of an image.`,
        remedy:
          'Write 1 to 80 letters, digits, "_", "." and "-"; a letter or digit first, a letter, digit or "_" last.',
      },
    ];
  const group = groupIdOf(imageId) ?? '';
  if (world.groups.get(group.toLowerCase()) === 'absent')
    return [
      {
        ...base,
        code: 'TargetNotFound',
        why: `There is no resource group ${group}.`,
        remedy: 'Create it first, or correct the id.',
      },
    ];
  const existing = thing(world.images.get(imageId.toLowerCase()));
  if (existing === undefined || target.replace === true || isMadeBy(template.ref, imageId, existing.tags))
    return [];
  return [
    {
      ...base,
      code: 'NotOurs',
      why: `The image ${imageId} exists and was not made by template ${template.ref.resourceGroup}/${template.ref.name} of this subscription; Kiln does not replace it.`,
      remedy: 'Write "replace": true on the target, delete the image, or choose another name.',
    },
  ];
}

/** One that may not be read has been told as such. */
function definitionProblems(
  { definitions, refusals }: World,
  { target, pointer }: { target: SharedImage; pointer: string },
): Problem[] {
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

function replicaProblems({ targetRegions }: SharedImage, pointer: string): Problem[] {
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
function versionProblems(
  template: ImageTemplate,
  world: World,
  { target, pointer }: { target: SharedImage; pointer: string },
): Problem[] {
  const id = exactVersionId(target);
  const existing = id === undefined ? undefined : thing(world.versions.get(id.toLowerCase()));
  if (id === undefined || existing === undefined) return [];
  if (world.runId === undefined && isMadeBy(template.ref, id, existing.tags)) return [];
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
function versionField(body: unknown, index: number): string {
  return isObject(authoredTarget(body, index)['versioning']) ? '/versioning/version' : '/galleryImageId';
}

export function exactVersionId({ galleryImageId, versioning }: SharedImage): string | undefined {
  return versioning.scheme === 'Exact' ? `${galleryImageId}/versions/${versioning.version}` : undefined;
}
