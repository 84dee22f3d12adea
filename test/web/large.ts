// Large runs and templates stay quick in the browser; the answers are made here, in the form of the API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { House } from './house.ts';
import { slowness, traced, yardstick } from './trace.ts';

const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const REGIONS = times(20, (index) => `region-${index}`);
const TARGETS = ['a', 'b', 'c'];
const RUN = '00000000-0000-4000-8000-000000000001';
const PLACE = `/ui/images/${RUN}/images/large`;

const span = (phase: string, start: number, more: object = {}) => ({
  ...{ phase, state: 'succeeded', start: at(start), end: at(start + 5) },
  ...more,
});
const spans = [
  ...['resolve', 'stage', 'provision', 'customize'].map((phase, index) => span(phase, index * 5)),
  ...times(30, (index) => span('customize', 15 + index, { step: `step-${index}`, log: `${index}-step` })),
  span('distribute', 60),
  ...TARGETS.flatMap((step) => [
    span('distribute', 60, { step }),
    ...REGIONS.map((region) => span('distribute', 61, { step: `${step} › ${region}`, region })),
  ]),
];
const outputs = TARGETS.map((name) => ({
  ...{ name, type: 'SharedImage', state: 'Succeeded', artifactId: `/x/versions/1.0.0` },
  regions: REGIONS.map((region) => ({ region, state: 'Completed', seconds: 9 })),
}));
const run = (index: number) => ({
  id: `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`,
  ...{ state: 'Succeeded', startTime: at(index), endTime: at(index + 90), message: '', reason: 'request' },
  ...{ outputs, spans },
});
const head = {
  ...{ id: 'x', subscriptionId: RUN, resourceGroup: 'images', name: 'large', revision: 1 },
  ...{ provisioningState: 'Succeeded', may: ['read'] },
};
const runView = {
  ...{
    run: { ...run(1), state: 'Running', endTime: undefined },
    template: head,
    spans,
    gates: [],
    notes: [],
  },
  ...{
    logs: [],
    usual: Object.fromEntries(times(30, (index) => [`customize › step-${index}`, 4])),
    publications: [],
  },
};
const templateView = {
  ...head,
  template: {},
  runs: times(30, run),
  nextLink: 'http://127.0.0.1/x?$skipToken=bmV4dA',
  triggers: [],
  decisions: [],
  requests: [],
};

/** Milliseconds of the page's own thread at once, on a core that is not disturbed: more is felt. */
const MOST = 100;

export function large(house: House): void {
  const { open } = house;

  /** Answers of a size that no test can build. */
  async function answerLargely(page: Page): Promise<() => number> {
    let looks = 0;
    await page.route(/\/runs\/[^/]+\/view/, (route) =>
      route.fulfill({
        json: { ...runView, notes: [{ at: at(0), message: `look ${(looks += 1)}` }] },
        headers: { 'retry-after': '1', etag: `"${looks}"` },
      }),
    );
    await page.route(/imageTemplates\/large\/view/, (route) =>
      route.fulfill({
        json: { ...templateView, decisions: [{ at: at(0), reason: `look ${(looks += 1)}` }] },
        headers: { 'retry-after': '1', etag: `"${looks}"` },
      }),
    );
    return () => looks;
  }

  test('the browser does tell of long tasks', async (t) => {
    const longest = await yardstick(house.page);
    t.diagnostic(`${longest} ms`);
    assert.ok(longest > MOST, `${longest} ms`);
  });

  test('a look at the run is one request, and drawing it is no long task', async (t) => {
    const { page } = house;
    const looks = await answerLargely(page);
    const asked: string[] = [];
    let before = 0;
    const { longest } = await traced(page, async () => {
      await open(`${PLACE}/runs/${RUN}`);
      await page.getByText('look 2').waitFor();
      before = looks();
      page.on('request', (request) => asked.push(request.url()));
      await page.getByText('look 6').waitFor();
    });
    // On a busy machine more of them are asked for than are drawn.
    const seen = looks() - before;
    assert.equal(await page.locator('.gantt tbody tr').count(), spans.length);
    t.diagnostic(`${longest} ms, ${asked.length} requests in ${seen} looks`);
    assert.ok(asked.length <= seen + 1, asked.join('\n'));
    assert.ok(longest <= MOST * (await slowness(page)), `${longest} ms`);
  });

  test('runs come thirty at a time by all their steps, in a table that one can walk in', async (t) => {
    const { page } = house;
    const looks = await answerLargely(page);
    const walk = async (): Promise<void> => {
      await open(PLACE);
      await page.locator('table.matrix[aria-busy=false]').waitFor();
      await page.locator('table.matrix td').first().focus();
      for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowDown'])
        await page.keyboard.press(key);
      // Not by the text that it brings: to look for that in thousands of cells is work of the page's own thread too.
      for (const until = looks() + 3; looks() < until;) await sleep(200);
    };
    let longest = Infinity;
    // The shortest of a few: without what happened to come in between.
    for (let attempt = 0; attempt < 3 && longest > MOST; attempt += 1)
      longest = Math.min(longest, (await traced(page, walk)).longest / (await slowness(page)));
    assert.equal(await page.locator('table.matrix td').count(), 30 * spans.length);
    await page.getByRole('link', { name: 'Older runs' }).waitFor();
    t.diagnostic(`${longest} ms`);
    assert.ok(longest <= MOST, `${longest} ms`);
  });
}
