import type { RunId } from '../model/template.ts';
import type { MachineName } from '../model/plan.ts';
import { BATCH_LOG } from '../model/batch-mark.ts';

/** Azure refuses longer names: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const GROUP_NAME_LIMIT = 90;

/** Resources of a build inside its staging group. One group holds one build, so that plain names are enough. */
export const MACHINE: MachineName = 'build';
export const SECURITY_GROUP = 'build-nsg';
export const NETWORK = 'build-vnet';
export const TEMPORARY_IMAGE = 'build-image';
/** Disk and image with the system of an ISO. */
export const SYSTEM_DISK = 'iso-system';
export const SYSTEM_IMAGE = 'iso-image';
export const SOURCE_DISK = 'source-disk';
export const SNAPSHOT = 'build-snapshot';
export const CHECKPOINT_DISK = 'build-checkpoint';
/** Run command, and log, of the listing of what is in the machine. */
export const INVENTORY = 'inventory';

/**
 * `IT_<DestinationResourceGroup>_<TemplateName>_<run>`: AIB's form, with the run's first 12 digits so that a retried
 * create finds its own group again. The middle is cut, never the run.
 */
export function stagingGroupName(destinationGroup: string, templateName: string, runId: RunId): string {
  const end = `_${runId.replaceAll('-', '').slice(0, 12)}`;
  const middle = `${destinationGroup}_${templateName}`.replaceAll(/[^A-Za-z0-9_.-]/g, '-');
  return `IT_${middle.slice(0, GROUP_NAME_LIMIT - 'IT_'.length - end.length)}${end}`;
}

/** Managed run command of a step; a repeated attempt must not adopt the first one's result. */
export function commandName(index: number, attempt: number): string {
  return `step-${String(index).padStart(3, '0')}-${attempt}`;
}

/** Snapshot, and the run command before it, of the machine as it is after a step. */
export function checkpointName(after: number): string {
  return `checkpoint-${String(after).padStart(3, '0')}`;
}

/** Output of a batch as the agent writes it; what people read are the logs of its steps. */
export function batchLog(first: number): string {
  return `${BATCH_LOG}${String(first).padStart(3, '0')}`;
}

/** Log of an attempt, from 0: each has its own, because the agent empties a log that it opens. */
export function attemptLog(log: string, attempt: number): string {
  return attempt === 0 ? log : `${log}.attempt-${attempt + 1}`;
}

/** Log of a step: its number keeps the order, its name makes it readable. */
export function logName(index: number, stepName: string): string {
  const slug = stepName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${String(index + 1).padStart(2, '0')}-${slug === '' ? 'step' : slug}`;
}
