// Every page for everybody: readers with aids, light and dark, small and large windows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditPage } from './axe.ts';
import { shoot } from './browser.ts';
import type { House } from './house.ts';

export function everybody(house: House): void {
  const { place, open, sees } = house;

  test('every page has no serious fault for readers with aids, in light and in dark', async () => {
    const { kiln, page } = house;
    const { body } = await kiln.api('GET', `${kiln.templatePath}/broken/runs`);
    const run = `${place('broken')}/runs/${body.value[0].id}`;
    const pages: Record<string, [string, string]> = {
      now: ['/ui/', 'Images'],
      queue: ['/ui/queue', 'Runs that wait'],
      doctor: ['/ui/doctor', 'Clean-up'],
      image: [place('broken'), 'Runs by steps'],
      regions: [`${place('spread')}/regions`, 'Arrow keys'],
      trends: [`${place('keys')}/trends`, 'gave an image'],
      revisions: [`${place('base')}/revisions`, 'lines added'],
      family: [place('base'), 'Made from, and made of it'],
      run: [run, 'Where the time went'],
      version: [`${run}/version`, 'What is in the image'],
      unknown: ['/ui/nothing', 'no such page'],
    };
    for (const [name, [to, text]] of Object.entries(pages)) {
      await page.emulateMedia({ colorScheme: 'light' });
      await open(to);
      await sees(text);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await auditPage(page), [], `${name}, ${colorScheme}`);
      }
      await shoot(page, `dark-${name}`);
      // 640 is 1280 at 200 %. https://www.w3.org/WAI/WCAG22/Understanding/reflow
      for (const width of [320, 640, 3840]) {
        await page.setViewportSize({ width, height: 700 });
        const needed = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(needed <= width, `${name} is ${needed} wide at ${width}`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });
}
