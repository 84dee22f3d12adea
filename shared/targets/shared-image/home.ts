import type { Region } from '../../model/template.ts';
import type { TargetOf } from '../kind.ts';

/**
 * Where a version is made when not in the region of the build: in that of its definition, for a target whose regions
 * leave the build's out. Undefined: in the region of the build.
 */
export function homeOf(
  { targetRegions }: Pick<TargetOf<'SharedImage'>, 'targetRegions'>,
  build: Region,
  definition: string,
): Region | undefined {
  if (targetRegions.some(({ name }) => name === build)) return undefined;
  return targetRegions.find(({ name }) => name === definition)?.name;
}
