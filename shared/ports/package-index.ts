import type { GoneNote, ImageNote, PackageHit } from '../model/documents/package-index.ts';

/** Which images have which packages. */
export interface PackageIndex {
  /** One write; what was noted of the same run is replaced. */
  note(note: ImageNote): Promise<void>;
  /** Images of a template that is removed are found no more. */
  forget(gone: GoneNote): Promise<void>;
  /** By the name of a package or of its source, in any case: two requests, and one for each image since the last fold. */
  find(name: string): Promise<PackageHit[]>;
  /** Makes what came since the last time quick to find, when that is at least so much. Answers how many there were. */
  fold(least: number): Promise<number>;
}
