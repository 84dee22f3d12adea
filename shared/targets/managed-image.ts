import type { FromSchema } from 'json-schema-to-ts';
import { region as toRegion, resourceId } from '../model/convert.ts';
import { groupIdOf, parseResourceId } from '../model/ids.ts';
import type { ResolvedSource } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import { thing } from '../model/seen.ts';
import { ARTIFACT_TAGS, isMadeBy } from '../model/tags.ts';
import { region, targetFields } from './fields.ts';
import type { Around, PlanOf, Reason, TargetKind, TargetOf } from './kind.ts';

export const managedImageSchema = {
  type: 'object',
  title: 'ManagedImage distributor',
  required: ['type', 'runOutputName', 'imageId', 'location'],
  additionalProperties: false,
  properties: {
    type: { const: 'ManagedImage' },
    ...targetFields,
    imageId: {
      type: 'string',
      armId: { types: ['Microsoft.Compute/images'] },
      description: 'Id of the managed image to create or replace.',
    },
    location: { ...region, description: 'Region of the image.' },
    replace: {
      type: 'boolean',
      default: false,
      description:
        'Replace an image of that name that something else has made: another template, Packer or Azure VM Image Builder.',
    },
  },
} as const;

type Wire = FromSchema<typeof managedImageSchema, { keepDefaultedPropertiesOptional: true }>;
type Target = TargetOf<'ManagedImage'>;

/** With the plan of its source, which a managed image has no field for. */
const PLAN_TAGS = ['PlanName', 'PlanProduct', 'PlanPublisher'] as const;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute */
const IMAGE_NAME = /^[A-Za-z0-9](?:[\w.-]{0,78}[\w])?$/;

export const managedImage: TargetKind<Wire, Target, PlanOf<'ManagedImage'>> = {
  toTarget: ({ imageId, location, replace }, common) => ({
    ...common,
    type: 'ManagedImage',
    imageId: resourceId(imageId),
    location: toRegion(location),
    ...(replace === true && { replace: true }),
  }),
  plan: ({ imageId, location, replace }, common) => ({
    ...common,
    type: 'ManagedImage',
    imageId,
    location,
    ...(replace && { replace }),
  }),
  idOf: ({ imageId }) => imageId,
  changes: ({ imageId }) => [{ field: 'imageId', id: imageId }],
  places: ({ location }) => [{ name: location, field: '/location' }],
  ownTags: (source) => [...ARTIFACT_TAGS, ...(source?.plan === undefined ? [] : PLAN_TAGS)],
  // What no image can be called is not even looked for.
  reads: ({ imageId }) => (isImageName(imageId) ? { image: imageId } : {}),
  obstacles: (target, around, { pointer }) => obstacles(target, around, `${pointer}/imageId`),
  misfits: (_, { source }) => misfits(source),
  security: () => 'Standard',
  taker: 'A managed image',
  osState: () => ({
    specialized: false,
    clash: 'Another target holds specialized images; a managed image can only be generalized.',
  }),
  home: ({ location }) => ({ region: location, what: 'the image' }),
};

function isImageName(id: string): boolean {
  return IMAGE_NAME.test(nameOf(id) ?? '');
}

function nameOf(id: string): string | undefined {
  return parseResourceId(id)?.names.at(-1);
}

function obstacles({ imageId, replace }: Target, around: Around, target: string): Problem[] {
  const base = { target, value: imageId } as const;
  if (!isImageName(imageId))
    return [
      {
        ...base,
        code: 'InvalidValue',
        why: `"${nameOf(imageId)}" cannot be the name of an image.`,
        remedy:
          'Write 1 to 80 letters, digits, "_", "." and "-"; a letter or digit first, a letter, digit or "_" last.',
      },
    ];
  const group = groupIdOf(imageId) ?? '';
  if (around.groups.get(group.toLowerCase()) === 'absent')
    return [
      {
        ...base,
        code: 'TargetNotFound',
        why: `There is no resource group ${group}.`,
        remedy: 'Create it first, or correct the id.',
      },
    ];
  const existing = thing(around.images.get(imageId.toLowerCase()));
  const { ref } = around;
  if (existing === undefined || replace === true || isMadeBy(ref, imageId, existing.tags)) return [];
  return [
    {
      ...base,
      code: 'NotOurs',
      why: `The image ${imageId} exists and was not made by template ${ref.resourceGroup}/${ref.name} of this subscription; Kiln does not replace it.`,
      remedy: 'Write "replace": true on the target, delete the image, or choose another name.',
    },
  ];
}

function misfits({ architecture, description, securityType }: ResolvedSource): Reason[] {
  const reasons: Reason[] = [];
  // "CPU Architecture 'Arm64' is not supported": https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
  if (architecture === 'Arm64')
    reasons.push([
      `Azure makes no managed image of an Arm64 machine, and ${description} is for Arm64.`,
      'Write a SharedImage target whose definition has architecture Arm64.',
    ]);
  // https://learn.microsoft.com/azure/virtual-machines/trusted-launch#unsupported-features
  if (securityType === 'TrustedLaunch')
    reasons.push([
      'The source has security type TrustedLaunch, and so has its machine; Azure makes no managed image of such a machine.',
      'Write a SharedImage target.',
    ]);
  return reasons;
}
