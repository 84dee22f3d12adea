import type { TimelineEntry } from '../api/types.ts';

/** Between an output and a region of it, in the names of steps. */
const OF = ' › ';

/**
 * Where each output of a run can be used by now; undefined while one of them can be used nowhere. A gallery version can be used in a region
 * as soon as that has it, an image or a VHD when it is there.
 */
export function usableIn(timeline: readonly TimelineEntry[]): string[] | undefined {
  const lines = timeline.filter(({ phase, step }) => phase === 'distribute' && step !== undefined);
  const outputs = lines.flatMap(({ step = '', event }) =>
    event === 'started' && !step.includes(OF) ? [step] : [],
  );
  const usable = outputs.map((output) => placesOf(output, lines));
  if (usable.length === 0 || usable.some((places) => places.length === 0)) return undefined;
  return usable.flat();
}

/** Boots of a region are further below it. */
function placesOf(output: string, lines: readonly TimelineEntry[]): string[] {
  return lines.flatMap(({ step = '', event }) => {
    const region = step.startsWith(output + OF) ? step.slice(output.length + OF.length) : undefined;
    if (event !== 'succeeded' || region?.includes(OF) === true) return [];
    if (region !== undefined) return [`${output} in ${region}`];
    return step === output ? [output] : [];
  });
}
