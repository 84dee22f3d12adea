import { createHash } from 'node:crypto';

/** Of the Durable Task Scheduler. https://learn.microsoft.com/azure/azure-functions/durable/durable-task-scheduler/durable-task-scheduler */
export const LONGEST_ID = 100;
/** Characters of the last part that stay readable: the longest region and what is said of it fit. */
const READABLE = 40;

/**
 * Id of a child instance: its parent's and its own part. One that would be too long keeps the run in front and its own part at the
 * end, and names the way between by a hash, because cancels and approvals find instances by ids of the long form.
 */
export function childId(parent: string, part: string): string {
  const full = `${parent}:${part}`;
  if (full.length <= LONGEST_ID) return full;
  const [root = ''] = full.split(':');
  const way = createHash('sha256').update(full).digest('hex').slice(0, 16);
  return `${root}:${way}:${part.slice(-READABLE)}`;
}
