/** The event that opens, or closes, the gate after a ring. Durable: instances of other versions may be waiting for it. */
export function approvalEvent(ring: number, approved: boolean): string {
  return `ring-${ring}-${approved ? 'approved' : 'rejected'}`;
}

/** The instance that waits at the gates of a target; made of the ids that its parents give. */
export function publisherOf(instance: string, targetIndex: number): string {
  return `${instance}:distribute:target-${targetIndex}`;
}
