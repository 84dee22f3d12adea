import { HOUR } from '../model/time.ts';
import { Cron } from 'croner';
import type { RefreshPolicy } from '../model/template.ts';

/**
 * The newest moment at which a look was due since the last one, or undefined. What was missed while nobody looked counts
 * once: it is the newest that is caught up with.
 */
export function dueSince(
  policy: Pick<RefreshPolicy, 'schedule'>,
  checkedAt: Date,
  now: Date,
): Date | undefined {
  if (policy.schedule === undefined) {
    const hour = new Date(Math.floor(now.getTime() / HOUR) * HOUR);
    return hour.getTime() > checkedAt.getTime() ? hour : undefined;
  }
  const { cron, timeZone } = policy.schedule;
  const pattern = new Cron(cron, { timezone: timeZone, paused: true });
  const next = pattern.nextRun(checkedAt);
  if (next === null || next.getTime() > now.getTime()) return undefined;
  // One second later, because an occurrence at this very moment is not "previous".
  const [newest] = pattern.previousRuns(1, new Date(now.getTime() + 1000));
  return newest !== undefined && newest.getTime() > checkedAt.getTime() ? newest : next;
}
