// `npm run bench:page`: what the web page costs the service and the browser: a template of 300 runs, and fifty open pages.
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerClient } from '@azure/storage-blob';
import { runId } from '../../shared/model/convert.ts';
import type { Run, TimelineEntry } from '../../shared/model/documents/documents.ts';
import { inParallel } from '../../shared/parallel.ts';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { pauseOf } from '../../web/state/pace.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';
import { noBrowser, signedIn, startBrowser } from '../web/browser.ts';
import { figure } from './figures.ts';
import { cpuOf, machine } from './processes.ts';

const [RUNS, STEPS, PAGES, SECONDS] = [300, 12, 50, 60];
const NAME = 'many';

const kiln = await LocalKiln.start();
try {
  console.log(machine());
  await makeRuns();
  const view = `${kiln.templatePath}/${NAME}/view`;
  const ask = async (): Promise<number> => {
    const at = performance.now();
    const { status } = await kiln.api('GET', view);
    if (status !== 200) throw new Error(`answered ${status}`);
    return performance.now() - at;
  };
  figure({
    what: `view of a template of ${RUNS} runs, first look`,
    goal: ['<=', 1000],
    value: await ask(),
    unit: 'ms',
  });
  await sleep(2000);
  figure({ what: 'the same, another look', goal: ['<=', 300], value: await ask(), unit: 'ms' });
  if (noBrowser === false) await inBrowser();
  await openPages();
} finally {
  await kiln.stop();
}

/** Runs that are over, as the service keeps them: building so many takes hours. */
async function makeRuns(): Promise<void> {
  const { subscriptionId, storage } = kiln.endpoints;
  const body = template([shell('a', 'true')], [managedImage(subscriptionId, NAME)]);
  await kiln.submit(NAME, body);
  const store = createBlobStore(new ContainerClient(storage, 'kiln'));
  const ref = { subscriptionId, resourceGroup: 'images', name: NAME };
  await inParallel(
    Array.from({ length: RUNS }, (_, index) => index),
    async (index) => {
      const id = runId(crypto.randomUUID());
      const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, index, 0, second)).toISOString();
      const run: Run = {
        ...{ schema: 1, id, ref, revision: 1, reason: 'request', state: 'Succeeded', message: '' },
        ...{ startTime: at(0), endTime: at(1000), cleanup: 'done', outputs: [] },
      };
      await store.runs.create(run);
      await store.timeline.append(ref, id, timelineOf(at));
    },
    8,
  );
}

function timelineOf(at: (second: number) => string): TimelineEntry[] {
  const line = (phase: TimelineEntry['phase'], second: number, step?: string): TimelineEntry[] =>
    (['started', 'succeeded'] as const).map((event, index) => ({
      ...{ id: `${phase}/${step ?? ''}/${event}`, at: at(second + index * 5), phase, event },
      ...(step !== undefined && { step }),
    }));
  return [
    ...(['resolve', 'stage', 'provision', 'customize'] as const).flatMap((phase, index) =>
      line(phase, index * 10),
    ),
    ...Array.from({ length: STEPS }, (_, index) =>
      line('customize', 40 + index * 10, `step-${index}`),
    ).flat(),
    ...(['generalize', 'capture', 'distribute'] as const).flatMap((phase, index) =>
      line(phase, 300 + index * 10),
    ),
  ];
}

/** From the wish for the page of the image to its grid, in a browser that is signed in; and a whole load of the first page. */
async function inBrowser(): Promise<void> {
  const browser = await startBrowser();
  const { page } = await signedIn(browser, kiln);
  await page.getByRole('heading', { name: 'Images' }).waitFor();
  const place = `/ui/images/${kiln.endpoints.subscriptionId}/images/${NAME}`;
  const at = performance.now();
  await page.evaluate(
    `history.pushState(null, '', '${place}'); dispatchEvent(new PopStateEvent('popstate'))`,
  );
  await page.getByRole('heading', { name: 'Runs by steps' }).waitFor();
  figure({ what: 'its grid on the page', goal: ['<=', 1000], value: performance.now() - at, unit: 'ms' });
  await page.goto(`${kiln.endpoints.api}/ui/`);
  await page.getByRole('heading', { name: 'Images' }).waitFor();
  const paint = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1`,
  );
  figure({
    what: 'first paint of a page that is loaded again',
    goal: ['<=', 1000],
    value: paint,
    unit: 'ms',
  });
  await browser.close();
}

/** What open pages do while something is built: looks at the pace of the page, with the ETag of the last. */
async function openPages(): Promise<void> {
  const slow = template(
    [shell('slow', '# kiln-simulate: seconds=600')],
    [managedImage(kiln.endpoints.subscriptionId, 'slow')],
  );
  await kiln.submit('slow', slow);
  await kiln.api('POST', `${kiln.templatePath}/slow/run`);
  const run = await kiln.until('the run', async () => {
    const [first] = (await kiln.api('GET', `${kiln.templatePath}/slow/runs`)).body.value;
    return first?.id;
  });
  const paths = [
    '/providers/Microsoft.VirtualMachineImages/overview',
    `${kiln.templatePath}/slow/runs/${run}/view`,
    `${kiln.templatePath}/${NAME}/view`,
  ];
  await sleep(5000);
  const { host } = kiln.endpoints.pids;
  const quiet = await share(host, SECONDS / 2);
  let looks = 0;
  const end = Date.now() + SECONDS * 1000;
  const open = async (index: number): Promise<void> => {
    let [etag, all, unchanged] = ['', 0, 0];
    await sleep((index * 2000) / PAGES);
    while (Date.now() < end) {
      const { status, headers } = await kiln.api('GET', paths[index % paths.length] ?? '', undefined, {
        'if-none-match': etag,
      });
      looks += 1;
      etag = headers.get('etag') ?? etag;
      all += 1;
      unchanged = status === 304 ? unchanged + 1 : 0;
      await sleep(pauseOf(Number(headers.get('retry-after')) * 1000, { all, unchanged }));
    }
  };
  const [busy] = await Promise.all([
    share(host, SECONDS),
    ...Array.from({ length: PAGES }, (_, index) => open(index)),
  ]);
  console.log(`${PAGES} open pages: ${(looks / SECONDS).toFixed(1)} looks a second`);
  const value = Math.max(0, busy - quiet) * 100;
  figure({ what: `${PAGES} open pages while a build goes on`, goal: ['<=', 5], value, unit: '% of a core' });
}

/** Of one core, that a process uses for so many seconds. */
async function share(pid: number, seconds: number): Promise<number> {
  const [before, at] = [cpuOf(pid), performance.now()];
  await sleep(seconds * 1000);
  return (cpuOf(pid) - before) / ((performance.now() - at) / 1000);
}
