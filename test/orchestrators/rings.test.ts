// Rings: one after the other, gates between them, boots in them; the writer of a version and its watchers.
import { atOnce, play, type Subject, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KilnError } from '../../shared/errors/failure.ts';
import { region, resourceId } from '../../shared/model/convert.ts';
import type { Promotion } from '../../shared/model/template.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import { testCancelAtEachCall } from '../support/orchestrations/cancels.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, ring, VERSION } from '../support/orchestrations/plans.ts';
import type { Control } from '../support/orchestrations/types.ts';
import { CAPTURED, World } from '../support/orchestrations/world.ts';

const HOUR = 3_600_000;
type Rings = Parameters<typeof ring>[1];

/** Two rings of a region each; the rules of the first as given. */
function inRings(
  first: Rings = {},
  promotion: Promotion = { rule: 'AllRegions' },
  input: object = {},
): Subject {
  const rings = [ring(['westeurope'], first), ring(['northeurope'])];
  const target = galleryVersion({ rings, promotion });
  const plan = buildPlan({ targets: [target] });
  return {
    orchestrator: 'publish-gallery-version',
    input: { plan, target, captured: CAPTURED, attempt: 0, ...input },
    world: () => new World(plan),
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

const GATED = inRings({ approval: true });
/** Raised while everybody waits for the first time. */
const raising = (name: string) => () => ({
  onWait: (wait: number, control: Control) => (wait === 0 ? control.raise(name) : undefined),
});

await testFailures('rings', inRings(), {
  'pick-version': 'not ok, the cause',
  'write-version (create)': 'ok, Failed, the cause',
  'write-version (extend)': 'ok, Succeeded, westeurope Completed, northeurope Failed',
  'write-version (promote)': 'ok, Failed, the cause, westeurope Completed, northeurope Completed',
  'look-at-version': 'ok, Succeeded, westeurope Completed, northeurope Completed',
  'record-progress': 'ok, Succeeded, westeurope Completed, northeurope Completed',
  'record-output': 'not ok, the cause',
});

test('an approved ring is followed by the next', async () => {
  const end = await play(GATED, raising('ring-1-approved'));
  assert.equal(endingOfPart(end), 'ok, Succeeded, westeurope Completed, northeurope Completed');
  assert.ok(end.world.there.has(`version ${VERSION} complete`));
});

for (const [says, meddle, ending, hours] of [
  [
    'a ring that is rejected is the last',
    raising('ring-1-rejected'),
    'westeurope Completed, northeurope Skipped',
    0,
  ],
  [
    'a ring that nobody approves within 96 hours is the last',
    undefined,
    'westeurope Completed, northeurope Skipped',
    96,
  ],
] as const)
  test(says, async () => {
    const { played, world } = await play(GATED, meddle);
    assert.equal(endingOfPart({ played, world }), `ok, Succeeded, ${ending}`);
    assert.equal(Math.floor(played.elapsed / HOUR), hours);
    assert.equal(played.output.value.promoted, false, 'all of its rings are part of the rule');
  });

test('a run that is canceled at a gate takes its version back', async () => {
  const end = await play(GATED, (world) => ({
    onWait: (_wait: number, control: Control) => {
      if (!world.canceled && control.calls.at(-1)?.name === 'announce-gate')
        world.cancel(control, 'instance');
    },
  }));
  assert.equal(endingOfPart(end), 'not ok, RunCanceled');
});

test('a cancel that came before the gate is heard at it', async () => {
  const end = await play(GATED, () => ({
    beforeCall: ({ name, nth }, control) => {
      if (name === 'look-at-version' && nth === 0) control.raise('cancel');
    },
  }));
  assert.equal(endingOfPart(end), 'not ok, RunCanceled');
});
await testCancelAtEachCall('a gated version', GATED, 'not ok, RunCanceled', 'announce-gate');

test('a gate is not asked for between the last ring and nothing', async () => {
  const rings = [ring(['westeurope', 'northeurope'], { approval: true })];
  const target = galleryVersion({ rings });
  const { played } = await play({ ...GATED, input: { ...(GATED.input as object), target } });
  assert.ok(!played.calls.some(({ name }) => name === 'announce-gate'));
  assert.equal(played.output.value.state, 'Succeeded');
});

test('a ring that went wrong is the last, unless its failure is no part of the rule', async () => {
  const failing: Subject = {
    ...inRings({}, { rule: 'Quorum', regions: 1 }),
    activities: () => ({
      'check-region': ({ region }) => {
        if (region === 'northeurope') throw new KilnError({ code: 'RegionFailed', message: 'Bad luck.' });
        return { done: true, value: { timedOut: false } };
      },
    }),
  };
  const { played, world } = await play(failing);
  assert.equal(endingOfPart({ played, world }), 'ok, Succeeded, westeurope Completed, northeurope Failed');
  assert.equal(played.output.value.promoted, true, 'one region is enough');
});

const resume = (regions: object[]) => ({ attempt: 1, resume: { version: VERSION, regions } });
const done = (name: string) => ({ region: name, state: 'Completed', seconds: 1 });

test('a retry makes no second version, and watches only what is missing', async () => {
  const { played } = await play(inRings({}, undefined, resume([done('westeurope')])));
  const names = played.calls.map(({ name, input }) => `${name} ${input.region ?? ''}`);
  assert.ok(!names.some((name) => name.startsWith('pick-version')));
  const watched = played.calls
    .filter(({ input }) => input.probe === 'check-region')
    .map(({ input }) => input.input.region);
  assert.deepEqual(watched, ['northeurope']);
  assert.equal(played.output.value.state, 'Succeeded');
});

test('a retry does not ask again for what was approved before', async () => {
  const before = resume([done('westeurope'), { region: 'northeurope', state: 'Failed', seconds: 1 }]);
  const { played } = await play(inRings({ approval: true }, undefined, before));
  assert.ok(!played.calls.some(({ name }) => name === 'announce-gate'));
  const skipped = resume([done('westeurope'), { region: 'northeurope', state: 'Skipped', seconds: 0 }]);
  const again = await play(inRings({ approval: true }, undefined, skipped), raising('ring-1-approved'));
  assert.ok(again.played.calls.some(({ name }) => name === 'announce-gate'));
});

test('a retry keeps what an earlier attempt has put into a later ring', async () => {
  const before = resume([{ region: 'westeurope', state: 'Failed', seconds: 1 }, done('northeurope')]);
  const { played } = await play(inRings({}, undefined, before));
  const extended = played.calls.find(({ input }) => input.what === 'extend');
  assert.equal(extended, undefined, 'both are in it already');
  const promoted = played.calls.find(({ input }) => input.what === 'promote');
  assert.deepEqual(promoted?.input.regions, ['westeurope', 'northeurope']);
});

const BOOTED = inRings({ smokeBoot: true });
const BAD_BOOT = 'ok, Succeeded, westeurope BootFailed, northeurope Skipped';
await testFailures(
  'a smoke boot',
  { ...BOOTED },
  {
    'pick-version': 'not ok, the cause',
    'write-version (create)': 'ok, Failed, the cause',
    'write-version (extend)': 'ok, Succeeded, westeurope Completed, northeurope Failed',
    'write-version (promote)': 'ok, Failed, the cause, westeurope Completed, northeurope Completed',
    'look-at-version': 'ok, Succeeded, westeurope Completed, northeurope Completed',
    'record-output': 'not ok, the cause',
    'record-progress (distribute/version › westeurope/':
      'ok, Succeeded, westeurope Completed, northeurope Completed',
    'record-progress (distribute/version › northeurope/':
      'ok, Succeeded, westeurope Completed, northeurope Completed',
    'record-progress (distribute/version › westeurope ›': BAD_BOOT,
    'create-staging-group': BAD_BOOT,
    'start-': BAD_BOOT,
    // It goes with the group.
    'finish-command': 'ok, Succeeded, westeurope Completed, northeurope Completed',
    'discard-build-machine': 'ok, Succeeded, westeurope Completed, northeurope Completed',
  },
);

for (const [says, location, machines, networks, commands] of [
  ['in the subnet of the user`s, which is there', 'westeurope', 1, 0, 1],
  ['in a network without a way out, and runs no validators,', 'northeurope', 1, 1, 0],
] as const)
  test(`a smoke boot runs ${says.replace('`', "'")} when the build has a subnet`, async () => {
    const target = galleryVersion();
    const plan: BuildPlan = buildPlan({ subnetId: resourceId('/subnets/own'), targets: [target] });
    const { played } = await play({
      orchestrator: 'smoke-boot',
      input: { plan, target, version: VERSION, attempt: 0, region: region(location) },
      world: () => new World(plan),
      subOrchestrators: atOnce,
      ending: endingOfPart,
    });
    const count = (wanted: string) => played.calls.filter(({ name }) => name === wanted).length;
    assert.deepEqual(
      [count('start-build-machine'), count('start-network'), count('start-command')],
      [machines, networks, commands],
    );
    assert.equal(played.output.ok, true);
  });
