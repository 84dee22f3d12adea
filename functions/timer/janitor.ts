import type { Finding, JanitorContext } from '../../shared/janitor/finding.ts';
import { sweep } from '../../shared/janitor/sweep.ts';

/** Every quarter of an hour: staging groups live for an hour or more, and what they cost in a quarter is little. */
export const JANITOR_SCHEDULE = '0 */15 * * * *';

export type TimerLog = { info(text: string): void; warn(text: string): void };

/** Sweeps once and says what was done and why. */
export async function runJanitor(context: JanitorContext, log: TimerLog): Promise<Finding[]> {
  const findings = await sweep(context);
  for (const { subject, action, reason } of findings) {
    if (action === 'failed') log.warn(`janitor: ${subject} failed: ${reason}`);
    else if (action !== 'kept') log.info(`janitor: ${subject} ${action}, because ${reason}`);
  }
  return findings;
}
