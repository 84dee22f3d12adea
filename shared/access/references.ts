import type { TargetPlan } from '../model/plan.ts';
import type { Customizer, Distributor, ImageTemplate, Source } from '../model/template.ts';
import { kindOf } from '../targets/all.ts';
import { pointerTo } from '../template/pointer.ts';
import type { Action } from './policy.ts';

/** Something outside of the template that it names, and what Kiln does with it in the caller's place. */
export type Reference = {
  /** JSON pointer into the template. */
  readonly target: string;
  /** ARM id, or URL of a secret or blob. */
  readonly id: string;
  /** `read` for what an image is made from, `run` for what a machine is lent, `write` for what is changed. */
  readonly action: Action;
};

/**
 * Everything that a template makes Kiln touch with Kiln's own rights. Azure checks these rights alone, so that whoever
 * names something has to have it too. Marketplace images and public downloads belong to nobody here.
 */
export function referencesOf({
  identities,
  properties,
}: Pick<ImageTemplate, 'identities' | 'properties'>): Reference[] {
  const { source, customize, validate, distribute, vmProfile, stagingResourceGroup } = properties;
  const { subnetId, userAssignedIdentities } = vmProfile;
  return [
    ...identities.map((id) => lent(`/identity/userAssignedIdentities${pointerTo(id)}`, id)),
    ...ofSource(source),
    ...customize.flatMap((step, index) => ofStep(step, `/properties/customize/${index}`)),
    ...(validate?.validators ?? []).flatMap((step, index) =>
      ofStep(step, `/properties/validate/inVMValidations/${index}`),
    ),
    ...referencesOfTargets(distribute, '/properties/distribute'),
    ...(subnetId === undefined ? [] : [lent('/properties/vmProfile/vnetConfig/subnetId', subnetId)]),
    ...userAssignedIdentities.map((id, index) =>
      lent(`/properties/vmProfile/userAssignedIdentities/${index}`, id),
    ),
    ...(stagingResourceGroup === undefined
      ? []
      : [{ target: '/properties/stagingResourceGroup', id: stagingResourceGroup, action: 'write' as const }]),
  ];
}

/** Of a template, a request, or a run's plan. */
export function referencesOfTargets(
  distribute: readonly (Distributor | TargetPlan)[],
  at: string,
): Reference[] {
  return distribute.flatMap((target, index) => ofTarget(target, `${at}/${index}`));
}

function lent(target: string, id: string): Reference {
  return { target, id, action: 'run' };
}

function ofSource(source: Source): Reference[] {
  switch (source.type) {
    case 'ManagedImage':
      return [{ target: '/properties/source/imageId', id: source.imageId, action: 'read' }];
    case 'SharedImageVersion':
      return [{ target: '/properties/source/imageVersionId', id: source.imageVersionId, action: 'read' }];
    case 'PlatformImage':
    case 'ISO':
      return [];
    default:
      return source satisfies never;
  }
}

/** A secret is lent to the machine: who may only read a group does not learn what is in its vaults. */
function ofStep(step: Customizer, at: string): Reference[] {
  const secrets = 'secrets' in step ? (step.secrets ?? {}) : {};
  return Object.entries(secrets).map(([name, id]) => lent(`${at}/secrets${pointerTo(name)}`, id));
}

function ofTarget(target: Distributor | TargetPlan, at: string): Reference[] {
  return kindOf(target)
    .changes(target)
    .map(({ field, id }) => ({ target: `${at}/${field}`, id, action: 'write' }));
}
