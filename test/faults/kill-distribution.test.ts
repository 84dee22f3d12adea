import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template } from '../support/templates.ts';

const KILLS = Number(process.env['KILN_KILLS'] ?? 20);
const REGIONS = [
  'westeurope',
  'northeurope',
  'uksouth',
  'eastus',
  'westus',
  'japaneast',
  'norwayeast',
  'italynorth',
];
const NAMES = ['first', 'second'];

let kiln: LocalKiln;
before(async () => {
  // Long enough that all kills fall into the fan-out; one region fails, so that repairs are hit too.
  const replication = { seconds: 25_000, spread: 0.5, regions: { uksouth: { failTimes: 2, seconds: 4000 } } };
  kiln = await LocalKiln.start({ profile: { replication } });
});
after(() => kiln.stop());

test(
  `killing the Functions host ${KILLS} times in the fan-out gives exactly one version with exactly the asked regions`,
  { timeout: 590_000 },
  async (t) => {
    const subscription: string = kiln.endpoints.subscriptionId;
    for (const name of NAMES) await makeDefinition(kiln, name);
    // The second one boots a VM in each region as well.
    const targets = NAMES.map((name) => {
      const rings = [{ regions: REGIONS, smokeBoot: name === 'second' }];
      return sharedImage(subscription, name, { regions: REGIONS, rings });
    });
    await kiln.submit('tough', template([shell('a', 'true')], targets));
    let kills = 0;
    let builds = 0;
    while (kills < KILLS) {
      const { run, killed } = await distributeUnderFire(KILLS - kills).catch((error: unknown) => {
        t.diagnostic(kiln.stderr.slice(-6000));
        throw error;
      });
      kills += killed;
      builds += 1;
      assert.equal(run.state, 'Succeeded', `${run.message} after ${kills} kills`);
      for (const name of NAMES) await assertExactlyOne(subscription, name, { run, builds });
    }
    t.diagnostic(`${kills} kills in ${builds} distributions of ${NAMES.length} × ${REGIONS.length} regions`);
  },
);

async function distributeUnderFire(most: number): Promise<{ run: any; killed: number }> {
  assert.equal((await kiln.api('POST', `${kiln.templatePath}/tough/run`)).status, 202);
  await kiln.until('the fan-out', async () => {
    const { body } = await kiln.api('GET', `${kiln.templatePath}/tough`);
    return body.properties.lastRunStatus?.runSubState === 'Distributing' ? true : undefined;
  });
  let over = false;
  const ended = kiln.ended('tough', 240).finally(() => (over = true));
  let killed = 0;
  while (!over && killed < most) {
    if (await kiln.killHost(100 + Math.random() * 900, () => !over)) killed += 1;
  }
  return { run: await ended, killed };
}

async function assertExactlyOne(
  subscription: string,
  name: string,
  { run, builds }: { run: any; builds: number },
): Promise<void> {
  const id = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/${name}/versions`;
  const { body } = await kiln.arm('GET', id, '2023-07-03');
  assert.equal(body.value.length, builds, 'one version for each build');
  const own = body.value.filter((version: any) => version.tags['kiln-run'] === run.id);
  assert.equal(own.length, 1);
  const { targetRegions, excludeFromLatest } = own[0].properties.publishingProfile;
  assert.deepEqual(
    targetRegions.map((region: any) => region.name.toLowerCase().replaceAll(' ', '')).toSorted(),
    REGIONS.toSorted(),
  );
  assert.equal(excludeFromLatest, false);
  assert.equal(own[0].properties.provisioningState, 'Succeeded');
  const output = run.outputs.find((one: any) => one.name === name);
  assert.ok(output.regions.every(({ state }: any) => state === 'Completed'));
  if (name === 'second') assert.ok(output.regions.every(({ bootSeconds }: any) => bootSeconds > 0));
}
