// `npm run bench:fan-out`: 3 targets of 20 regions each beside the slowest of their paths. Exits with 1 above the budget.
import { Faults } from '../../local/azure/profile/faults.ts';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { figure } from './figures.ts';
import { shell, template } from '../support/templates.ts';

/** What the wall time may be, as a multiple of the slowest path. */
const BUDGET = 1.1;
/** Seconds here: a region after its version, and one write of a version. A fifth apart, as regions are. */
const [REGION, WRITE] = [40, 2];
const COMPRESSION = 100;

const profile = {
  ...DEFAULT_PROFILE,
  timeCompression: COMPRESSION,
  retryAfter: { seconds: 1, milliseconds: 700 },
  latencySeconds: {
    ...Object.fromEntries(Object.keys(DEFAULT_PROFILE.latencySeconds).map((name) => [name, 5])),
    GalleryImageVersions_CreateOrUpdate: WRITE * COMPRESSION,
    GalleryImageVersions_Update: WRITE * COMPRESSION,
  },
  replication: { seconds: REGION * COMPRESSION, spread: 0.2, regions: {} },
};
const regions = DEFAULT_PROFILE.locations.slice(0, 20);

/** Without Kiln: the version is written, and its slowest region gets it. */
const paths = regions.map((region) => {
  const { milliseconds } = new Faults(profile).replication('definition', region);
  return { region, seconds: WRITE + milliseconds / 1000 };
});
const slowest = paths.reduce((one, other) => (other.seconds > one.seconds ? other : one));

const kiln = await LocalKiln.start({ profile });
try {
  console.log(`ideal: ${slowest.seconds.toFixed(1)} s (${slowest.region}; one write of ${WRITE} s)`);
  const home = 'westeurope';
  const path = await distribute('path', 1, [home, slowest.region]);
  const whole = await distribute('whole', 3, regions);
  for (const [name, seconds] of [
    [`1 target, its slowest region and the home of the build`, path],
    [`3 targets of ${regions.length} regions`, whole],
  ] as const)
    console.log(`${name}: ${seconds.toFixed(1)} s, ${percent(seconds / slowest.seconds)} above the ideal`);
  const ratio = whole / slowest.seconds;
  console.log(`${percent(whole / path)} above the path alone; budget: ${percent(BUDGET)} above the ideal`);
  const what = `3 targets × ${regions.length} regions, of the slowest path`;
  if (!figure({ what, goal: ['<=', BUDGET], value: ratio, unit: '×' })) process.exitCode = 1;
} finally {
  await kiln.stop();
}

function percent(ratio: number): string {
  return `${((ratio - 1) * 100).toFixed(1)} %`;
}

/** Seconds from the begin to the end of the phase, as the timeline tells them. */
async function distribute(name: string, targets: number, to: readonly string[]): Promise<number> {
  const names = Array.from({ length: targets }, (_, index) => `${name}-${index}`);
  for (const definition of names) await makeDefinition(kiln, definition);
  const { subscriptionId } = kiln.endpoints;
  const distributors = names.map((definition) => sharedImage(subscriptionId, definition, { regions: to }));
  await kiln.submit(name, template([shell('a', 'true')], distributors));
  const run = await kiln.run(name, 300);
  if (run.state !== 'Succeeded') throw new Error(`${run.state}: ${run.message}`);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  const at = (event: string): number =>
    Date.parse(
      body.value.find(
        (entry: any) => entry.phase === 'distribute' && entry.step === undefined && entry.event === event,
      ).at,
    );
  return (at('succeeded') - at('started')) / 1000;
}
