import { v20240201 } from './2024-02-01.ts';
import { v20251001 } from './2025-10-01.ts';
import { v20261101 } from './2026-11-01.ts';
import type { ApiVersion } from './version.ts';

/** Oldest first. */
export const API_VERSIONS: readonly ApiVersion[] = [v20240201, v20251001, v20261101];

export const NEWEST = v20261101;

export function findVersion(name: string): ApiVersion | undefined {
  return API_VERSIONS.find((version) => version.name === name);
}
