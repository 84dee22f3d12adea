import type { ImageVersion, Region, ResourceId, RunId, Sha256 } from './template.ts';

// The only place where plain text becomes a branded type. Callers have checked the text, by schema or by pattern.

export function resourceId(text: string): ResourceId {
  return text as ResourceId;
}

/** Azure accepts `West US 2` for `westus2`; every comparison here uses the second form. */
export function region(text: string): Region {
  return text.toLowerCase().replaceAll(' ', '') as Region;
}

export function sha256(hex: string): Sha256 {
  return hex.toLowerCase() as Sha256;
}

export function imageVersion(text: string): ImageVersion {
  return text as ImageVersion;
}

export function runId(guid: string): RunId {
  return guid.toLowerCase() as RunId;
}
