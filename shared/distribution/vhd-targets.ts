import type { VhdBlobs } from '../store/vhd-blobs.ts';
import type { Distributor, TemplateRef } from '../template/model.ts';

/** Throws `UrlNotAllowed` for a VHD that may not go where the template says. */
export function assertVhdTargets(
  vhds: Pick<VhdBlobs, 'location'>,
  ref: TemplateRef,
  targets: readonly Distributor[],
): void {
  for (const target of targets)
    if (target.type === 'VHD')
      for (const uri of [target.uri, ...target.copies]) vhds.location(uri, 'checked', ref);
}
