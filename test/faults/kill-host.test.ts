import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';

/** More with KILN_KILLS=200; each kill is one process that ends at an instruction nobody chose. */
const KILLS = Number(process.env['KILN_KILLS'] ?? 20);
/** From "hardly up" to "well on its way". Printed seed, so that a failure can be repeated. */
const seed = Number(process.env['KILN_SEED'] ?? Date.now() % 100_000);

let kiln: LocalKiln;
before(async () => {
  // Slow enough that the kills fall into every phase.
  kiln = await LocalKiln.start({ record: true });
});
after(() => kiln.stop());

test(
  `killing the Functions host ${KILLS} times during builds changes no outcome`,
  { timeout: 590_000 },
  async (t) => {
    t.diagnostic(`seed ${seed}`);
    const { subscriptionId: subscription } = kiln.endpoints;
    const steps = Array.from({ length: 4 }, (_, index) =>
      shell(`step-${index}`, '# kiln-simulate: seconds=0.3'),
    );
    await kiln.submit(
      'hardy',
      template(steps, [managedImage(subscription, 'hardy'), galleryVersion(subscription), vhd]),
    );
    const random = randomFrom(seed);
    let kills = 0;
    let builds = 0;
    while (kills < KILLS) {
      const { run, killed } = await buildUnderFire(random, KILLS - kills);
      kills += killed;
      builds += 1;
      assert.equal(run.state, 'Succeeded', `${run.message} after ${kills} kills`);
      await assertExactlyOne(run, builds);
    }
    t.diagnostic(
      `${kills} kills in ${builds} builds: each ended with one managed image, one version, one VHD, no staging group`,
    );
  },
);

async function buildUnderFire(random: () => number, most: number): Promise<{ run: any; killed: number }> {
  await startRun();
  let over = false;
  const ended = kiln.ended('hardy', 240).finally(() => (over = true));
  let killed = 0;
  while (!over && killed < most) {
    if (await kiln.killHost(150 + random() * 1500, () => !over)) killed += 1;
  }
  return { run: await ended, killed };
}

async function startRun(): Promise<void> {
  const { status } = await kiln.api('POST', `${kiln.templatePath}/hardy/run`);
  assert.ok(status === 202 || status === 409, `run answered ${status}`);
}

async function assertExactlyOne(run: any, builds: number): Promise<void> {
  const { subscriptionId: subscription } = kiln.endpoints;
  const compute = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute`;
  const images = await kiln.arm('GET', `${compute}/images`, '2024-07-01');
  assert.deepEqual(
    images.body.value.map((image: any) => [image.name, image.tags['kiln-run']]),
    [['hardy', run.id]],
  );
  const versions = await kiln.arm(
    'GET',
    `${compute}/galleries/goldens/images/debian-web/versions`,
    '2023-07-03',
  );
  assert.equal(versions.body.value.length, builds, 'one version for each build');
  const own = versions.body.value.filter((version: any) => version.tags['kiln-run'] === run.id);
  assert.equal(own.length, 1);
  assert.equal(own[0].properties.publishingProfile.targetRegions.length, 3);
  assert.equal(run.outputs.filter((output: any) => output.type === 'VHD').length, 1);
  const groups = await kiln.arm('GET', `/subscriptions/${subscription}/resourcegroups`, '2024-07-01');
  assert.deepEqual(
    groups.body.value.map((group: any) => group.name).filter((name: string) => name.startsWith('IT_')),
    [],
  );
}

/** A small generator with a seed (mulberry32), so that a failing run can be repeated. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
