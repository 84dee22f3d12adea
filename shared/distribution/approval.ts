import type { BuildPlan } from '../model/plan.ts';

/** The event that opens, or closes, the gate after a ring. Durable: instances of other versions may be waiting for it. */
export function approvalEvent(ring: number, approved: boolean): string {
  return `ring-${ring}-${approved ? 'approved' : 'rejected'}`;
}

/** The instances that may be waiting at a gate; not all of them have come there. */
export function gatekeepersOf(instance: string, { targets }: BuildPlan): string[] {
  return targets
    .filter((target) => target.type === 'SharedImage' && target.rings.some(({ approval }) => approval))
    .map(({ index }) => publisherOf(instance, index));
}

/** The instance that waits at the gates of a target; made of the ids that its parents give. */
export function publisherOf(instance: string, targetIndex: number): string {
  return `${instance}:distribute:target-${targetIndex}`;
}
