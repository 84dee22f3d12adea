import axe from 'axe-core';
import type { Page } from 'playwright-core';

type Found = { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] };

/** Serious faults and worse that axe finds, one line each. The page forbids code of others; the debugger may put it there. */
export async function auditPage(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe.source);
  const found = await page.evaluate<Found[]>(`window.axe.run().then(({ violations }) => violations)`);
  return found
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
    );
}
