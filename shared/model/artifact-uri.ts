import type { Sha256 } from './template.ts';
import { sha256 } from './convert.ts';

const PATTERN = /^kiln-artifact:\/\/sha256\/(?<hash>[0-9a-f]{64})$/i;

/** `kiln-artifact://sha256/<64 hex>`: a file that a client uploaded before. Undefined for every other URI. */
export function artifactHash(uri: string): Sha256 | undefined {
  const hash = PATTERN.exec(uri)?.groups?.['hash'];
  return hash === undefined ? undefined : sha256(hash);
}

export function isArtifactScheme(uri: string): boolean {
  return /^kiln-artifact:/i.test(uri);
}
