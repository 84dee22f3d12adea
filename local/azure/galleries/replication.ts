import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalLocation } from '../arm/checks.ts';
import type { Cloud } from '../cloud.ts';
import { conflict } from '../http/errors.ts';
import { listAt, numberAt, objectAt, textAt, type JsonObject } from '../json.ts';
import type { Resource } from '../store/resources.ts';
import { displayName } from './regions.ts';

export type RegionState = 'Unknown' | 'Replicating' | 'Completed' | 'Failed';

/** A stuck region stops here. */
const STUCK_PERCENT = 66;

/**
 * Replication is a function of the clock: each region of `state.regions` knows when it began, how long it takes and how
 * it ends. So it goes on over a restart, and after the version's own operation has succeeded, as in Azure.
 */
export function beginRegion(cloud: Cloud, definition: string, region: string, isHome: boolean): JsonObject {
  const { fate, milliseconds, failsVersion } = cloud.faults.replication(
    definition,
    canonicalLocation(region),
    isHome,
  );
  return { startedAt: Date.now(), milliseconds, fate, ...(failsVersion && { failsVersion }) };
}

/**
 * A failure that also fails the operation of its version, which then ends as late as the region. Throws what that
 * operation ends with. https://github.com/Azure/azure-cli/issues/15539 shows such an end.
 */
export async function failWithRegions(regions: Readonly<Record<string, JsonObject>>): Promise<void> {
  const failing = Object.entries(regions).filter(([, state]) => state['failsVersion'] === true);
  const last = Math.max(0, ...failing.map(([, state]) => numberAt(state, 'milliseconds') ?? 0));
  if (failing.length === 0) return;
  await sleep(last);
  const names = failing.map(([region]) => displayName(region)).join(', ');
  throw conflict(
    'ReplicationJobsNotCompleted',
    `The replication job has not completed at regions: ${names}. Remove the failed regions, then add them again.`,
  );
}

export function regionState(cloud: Cloud, version: Resource, region: string): RegionState {
  if (isOrphaned(cloud, version)) return 'Failed';
  return stateOf(objectAt(version.state, `regions.${canonicalLocation(region)}`)).state;
}

/**
 * A Shallow version has no data of its own: it is of no use when its source is gone.
 * https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#shallow-replication
 */
function isOrphaned(cloud: Cloud, { body }: Resource): boolean {
  const properties = objectAt(body, 'properties');
  if (textAt(properties, 'publishingProfile.replicationMode') !== 'Shallow') return false;
  const source =
    textAt(properties, 'storageProfile.source.id') ??
    textAt(properties, 'storageProfile.source.virtualMachineId');
  return source !== undefined && cloud.resources.get(source) === undefined;
}

function stateOf(region: JsonObject): { state: RegionState; progress: number } {
  const startedAt = numberAt(region, 'startedAt');
  if (startedAt === undefined) return { state: 'Unknown', progress: 0 };
  const milliseconds = numberAt(region, 'milliseconds') ?? 0;
  const elapsed = Date.now() - startedAt;
  const progress = milliseconds === 0 ? 100 : Math.min(100, Math.floor((elapsed / milliseconds) * 100));
  const fate = textAt(region, 'fate');
  if (fate === 'stuck') return { state: 'Replicating', progress: Math.min(progress, STUCK_PERCENT) };
  if (progress < 100) return { state: 'Replicating', progress };
  return fate === 'fails' ? { state: 'Failed', progress: 0 } : { state: 'Completed', progress: 100 };
}

/** https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get#replicationstatus */
export function replicationStatus(version: Resource): JsonObject {
  const targets = listAt(version.body, 'properties.publishingProfile.targetRegions');
  const summary = targets.map((target) => {
    const region = textAt(target, 'name') ?? '';
    const { state, progress } = stateOf(objectAt(version.state, `regions.${canonicalLocation(region)}`));
    const details = state === 'Failed' ? `Replication to ${displayName(region)} failed.` : '';
    return { region: displayName(region), state, details, progress };
  });
  return { aggregatedState: aggregate(summary.map(({ state }) => state)), summary };
}

function aggregate(states: readonly RegionState[]): string {
  if (states.includes('Failed')) return 'Failed';
  if (states.every((state) => state === 'Completed')) return 'Completed';
  return states.every((state) => state === 'Unknown') ? 'Unknown' : 'InProgress';
}

export function isReplicating(version: Resource): boolean {
  return textAt(replicationStatus(version), 'aggregatedState') === 'InProgress';
}
