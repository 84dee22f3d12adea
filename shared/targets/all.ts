import type { FromSchema } from 'json-schema-to-ts';
import type { TargetPlan } from '../model/plan.ts';
import type { Distributor, Region } from '../model/template.ts';
import type { PlanOf, PlanWorld, TargetKind, TargetOf, TargetType } from './kind.ts';
import { managedImage, managedImageSchema } from './managed-image.ts';
import { sharedImageSchema } from './shared-image/schema.ts';
import { sharedImage } from './shared-image/shared-image.ts';
import { vhd, vhdSchema } from './vhd.ts';

/** The kinds of targets: a new one is its model in shared/model (template.ts, plan.ts), its file beside this one, and its two rows here. */
export const distributorSchema = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [managedImageSchema, sharedImageSchema, vhdSchema],
} as const;

export type WireDistributor = FromSchema<typeof distributorSchema, { keepDefaultedPropertiesOptional: true }>;
type WireOf<T extends TargetType> = Extract<WireDistributor, { type: T }>;

type Kinds = { readonly [T in TargetType]: TargetKind<WireOf<T>, TargetOf<T>, PlanOf<T>> };
const KINDS: Kinds = { ManagedImage: managedImage, SharedImage: sharedImage, VHD: vhd };
export const TARGET_TYPES: readonly string[] = Object.keys(KINDS);

/** What is known of a kind of target; to be asked about the target, its wire form or its plan by which it was found. */
export function kindOf<T extends TargetType>({
  type,
}: {
  readonly type: T;
}): TargetKind<WireOf<T>, TargetOf<T>, PlanOf<T>> {
  return KINDS[type];
}

/** `location`: of the template. */
export function toDistributor(wire: WireDistributor, location: Region): Distributor {
  const common = { runOutputName: wire.runOutputName, artifactTags: wire.artifactTags ?? {} };
  return kindOf(wire).toTarget(wire, common, location);
}

/** A distributor of the template with everything decided that its distribution needs. */
export function planTarget(world: PlanWorld, target: Distributor, index: number): TargetPlan {
  const { runOutputName, artifactTags } = target;
  return kindOf(target).plan(target, { index, runOutputName, artifactTags }, world);
}
