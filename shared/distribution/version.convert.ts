import type { ImageVersion } from '../template/model.ts';

/** Brands three parts that were parsed or computed as numbers. */
export function toImageVersion(parts: readonly [number, number, number]): ImageVersion {
  return parts.join('.') as ImageVersion;
}
