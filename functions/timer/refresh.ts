import type { RefreshContext } from '../../shared/refresh/refresh-context.ts';
import { refreshAll } from '../../shared/refresh/tick.ts';

/** A schedule of minutes is not for images: this is how late a refresh may be. */
export const REFRESH_SCHEDULE = '0 */5 * * * *';

/** Looks at every template once and says what was decided and why. */
export async function runRefresh(context: RefreshContext, log: { info(text: string): void }): Promise<void> {
  for (const { templateId, decision, reason } of await refreshAll(context))
    log.info(`refresh: ${templateId}: ${decision}: ${reason}`);
}
