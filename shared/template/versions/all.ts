import { v20180201preview } from './2018-02-01-preview.ts';
import { v20190201preview } from './2019-02-01-preview.ts';
import { v20190501preview } from './2019-05-01-preview.ts';
import { v20200214 } from './2020-02-14.ts';
import { v20211001 } from './2021-10-01.ts';
import { v20220214 } from './2022-02-14.ts';
import { v20220701 } from './2022-07-01.ts';
import { v20230701 } from './2023-07-01.ts';
import { v20240201 } from './2024-02-01.ts';
import { v20251001 } from './2025-10-01.ts';
import { v20261101 } from './2026-11-01.ts';
import type { ApiVersion } from './version.ts';

/** Oldest first. */
export const API_VERSIONS: readonly ApiVersion[] = [
  v20180201preview,
  v20190201preview,
  v20190501preview,
  v20200214,
  v20211001,
  v20220214,
  v20220701,
  v20230701,
  v20240201,
  v20251001,
  v20261101,
];

export const NEWEST = v20261101;

/** Names are read in any case, as Azure Resource Manager does. */
export function findVersion(name: string): ApiVersion | undefined {
  return API_VERSIONS.find((version) => version.name === name.toLowerCase());
}

/** The versions that have what came with `since`; without it, all. */
export function versionsSince(since?: string): readonly ApiVersion[] {
  return API_VERSIONS.slice(API_VERSIONS.findIndex(({ name }) => name === (since ?? API_VERSIONS[0]?.name)));
}
