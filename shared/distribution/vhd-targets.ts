import { type Failure, KilnError } from '../errors/failure.ts';
import type { VhdBlobs } from '../ports/vhd-blobs.ts';
import type { Distributor, TemplateRef } from '../model/template.ts';

/** One `UrlNotAllowed` for each VHD that may not go where the template says, with its pointer below `list`. */
export function vhdProblems(
  vhds: Pick<VhdBlobs, 'location'>,
  ref: TemplateRef,
  targets: readonly Distributor[],
  list = '/properties/distribute',
): Failure[] {
  return targets.flatMap((target, index) => {
    if (target.type !== 'VHD') return [];
    const fields = [target.uri, ...target.copies];
    return fields.flatMap((uri, field) => {
      const pointer = `${list}/${index}/${field === 0 ? 'uri' : `copies/${field - 1}`}`;
      return refusalOf(() => vhds.location(uri, 'checked', ref), pointer);
    });
  });
}

function refusalOf(ask: () => unknown, target: string): Failure[] {
  try {
    ask();
    return [];
  } catch (error) {
    if (error instanceof KilnError) return [{ ...error.failure, target }];
    throw error;
  }
}
