import type { BuildPlan } from '../model/plan.ts';

/** Whether a temporary image is made of the machine: for targets that take no machine, and to boot what was captured. */
export function needsImage({ targets, validation }: BuildPlan): boolean {
  if (validation?.on === 'image') return true;
  return targets.some(
    (target) =>
      target.type === 'SharedImage' &&
      target.versionSource === 'image' &&
      // It is made of an image of its own, or of a copied disk.
      target.replicationMode === 'Full' &&
      target.home === undefined,
  );
}
