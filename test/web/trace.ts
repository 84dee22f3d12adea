// The browser's own trace of what the page's thread did.
import type { Page } from 'playwright-core';

type Event = {
  name: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
};

/**
 * The longest task of the page's own thread while something happens, in milliseconds of its CPU: what else the machine does
 * meanwhile does not count. https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (`tdur`)
 */
export async function traced(page: Page, work: () => Promise<void>): Promise<{ longest: number }> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'],
  });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Event[] };
  const threads = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  );
  const isOwn = ({ pid, tid }: Event) => threads.some((one) => one.pid === pid && one.tid === tid);
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && isOwn(event));
  if (tasks.length === 0) throw new Error('the trace has no task of the page');
  return { longest: Math.max(...tasks.map(({ tdur, dur = 0 }) => tdur ?? dur)) / 1000 };
}

/** Milliseconds of a fixed piece of work in the browser. */
export async function yardstick(page: Page): Promise<number> {
  const busy = `new Promise((done) => setTimeout(() => {
    for (let turn = 0; turn < 60; turn += 1) JSON.stringify(Array.from({ length: 1e5 }));
    done();
  }))`;
  const { longest } = await traced(page, async () => {
    await page.evaluate(busy);
    // The task has to be over for the trace to hold it.
    await page.waitForTimeout(200);
  });
  return longest;
}

/** The least that it was seen to take on the machine for which the bounds were written: 727 to 834 ms, which others use too. */
const USUAL_MS = 700;

/** How many times slower the browser is at the moment, 1 at least: a busy neighbour takes caches and clock, also from processor time. */
export const slowness = async (page: Page): Promise<number> =>
  Math.max(1, (await yardstick(page)) / USUAL_MS);
