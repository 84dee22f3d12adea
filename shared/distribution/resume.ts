import type { RegionResult } from '../model/documents/documents.ts';
import type { ImageVersion } from '../model/template.ts';

/** A gallery version that an earlier attempt of the run has made, and how far it came. */
export type Resume = { readonly version: ImageVersion; readonly regions: readonly RegionResult[] };
