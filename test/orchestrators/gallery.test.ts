// Gallery versions: every call failing, every wait running out, a cancel at each call.
import { atOnce, play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { imageVersion, region } from '../../shared/model/convert.ts';
import { testCancelAtEachCall } from '../support/orchestrations/cancels.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, type Target } from '../support/orchestrations/plans.ts';
import { CAPTURED, World } from '../support/orchestrations/world.ts';

function publishing(more: Partial<Target<'SharedImage'>> = {}, input: object = {}): Subject {
  const target = galleryVersion(more);
  const plan = buildPlan({ targets: [target] });
  return {
    orchestrator: 'publish-gallery-version',
    input: { plan, target, captured: CAPTURED, attempt: 0, ...input },
    world: () => new World(plan),
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

const FULL = publishing();
const DONE = 'ok, Succeeded, westeurope Completed, northeurope Completed';

await testFailures('a version', FULL, {
  'pick-version': 'not ok, the cause',
  'write-version (create)': 'ok, Failed, the cause',
  // Its watchers look for themselves.
  'look-at-version': DONE,
  // A line of the timeline decides nothing about a region that has the version.
  'record-progress': DONE,
  'write-version (promote)': 'ok, Failed, the cause, westeurope Completed, northeurope Completed',
  'record-output': 'not ok, the cause',
});
await testDeadlines('a version', FULL, {
  'wait check-operation (create version 1.0.0), its time is over': 'ok, Failed, RegionFailed',
  // The next number.
  'wait check-operation (create version 1.0.0), AzureRefused': DONE,
  'wait check-operation (create version 1.0.0), AzureInterrupted': DONE,
  'wait check-region (westeurope), its time is over':
    'ok, Succeeded, westeurope TimedOut, northeurope Completed',
  'wait check-region (westeurope), AzureRefused': 'ok, Succeeded, westeurope Failed, northeurope Completed',
  'wait check-region (northeurope), its time is over':
    'ok, Succeeded, westeurope Completed, northeurope TimedOut',
  'wait check-region (northeurope), AzureRefused': 'ok, Succeeded, westeurope Completed, northeurope Failed',
  'wait check-operation (promote version 1.0.0), its time is over':
    'ok, Failed, AzureUnavailable, westeurope Completed, northeurope Completed',
  'wait check-operation (promote version 1.0.0), AzureRefused':
    'ok, Failed, AzureRefused, westeurope Completed, northeurope Completed',
  // Asked for once more.
  'wait check-operation (promote version 1.0.0), AzureInterrupted': DONE,
});
await testCancelAtEachCall('a version', FULL, 'not ok, RunCanceled', 'write-version (promote)');

const SHALLOW = publishing({ replicationMode: 'Shallow' });
await testFailures('a Shallow version', SHALLOW, {
  'start-kept-source': 'not ok, the cause',
  'pick-version': 'not ok, the cause',
  'write-version (create)': 'not ok, the cause',
  'look-at-version': DONE,
  'record-progress': DONE,
  'write-version (promote)': 'ok, Failed, the cause, westeurope Completed, northeurope Completed',
  'record-output': 'not ok, the cause',
});
await testDeadlines('a Shallow version', SHALLOW, {
  'wait check-operation (make source of the version), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (make source of the version), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (make source of the version), AzureInterrupted': DONE,
  'wait check-operation (create version 1.0.0), its time is over': 'not ok, RegionFailed',
  'wait check-operation (create version 1.0.0), AzureRefused': DONE,
  'wait check-operation (create version 1.0.0), AzureInterrupted': DONE,
  'wait check-operation (promote version 1.0.0), its time is over':
    'ok, Failed, AzureUnavailable, westeurope Completed, northeurope Completed',
  'wait check-operation (promote version 1.0.0), AzureRefused':
    'ok, Failed, AzureRefused, westeurope Completed, northeurope Completed',
  'wait check-operation (promote version 1.0.0), AzureInterrupted': DONE,
  'wait check-region (westeurope), its time is over':
    'ok, Succeeded, westeurope TimedOut, northeurope Completed',
  'wait check-region (westeurope), AzureRefused': 'ok, Succeeded, westeurope Failed, northeurope Completed',
  'wait check-region (northeurope), its time is over':
    'ok, Succeeded, westeurope Completed, northeurope TimedOut',
  'wait check-region (northeurope), AzureRefused': 'ok, Succeeded, westeurope Completed, northeurope Failed',
});
await testCancelAtEachCall('a Shallow version', SHALLOW, 'not ok, RunCanceled', 'write-version (promote)');

const AWAY = publishing({ home: region('northeurope'), versionSource: 'image' });
await testFailures('what a version elsewhere is made of', AWAY, {
  'start-': 'not ok, the cause',
  'pick-version': 'not ok, the cause',
  'write-version (create)': 'ok, Failed, the cause',
  'look-at-version': DONE,
  'record-progress': DONE,
  'write-version (promote)': 'ok, Failed, the cause, westeurope Completed, northeurope Completed',
  'record-output': 'not ok, the cause',
});

test('a version whose time ran out while it was made is waited for until it is gone, and its source goes too', async () => {
  const target = galleryVersion({ replicationMode: 'Shallow' });
  const never = /^create version/;
  const { played, world } = await play({
    ...SHALLOW,
    subOrchestrators: () => ({}),
    activities: (world) => {
      const well = world.activities()['check-operation'];
      return {
        'check-operation': (input, ...rest) =>
          !input.handle.done && never.test(input.handle.what) ? { done: false } : well(input, ...rest),
      };
    },
  });
  assert.equal(endingOfPart({ played, world }), 'not ok, RegionFailed');
  assert.ok(played.elapsed >= target.regionTimeout * 1000);
});

const refusing = (codes: readonly ErrorCode[], more: Partial<Target<'SharedImage'>> = {}): Subject => ({
  ...publishing(more),
  activities: (world) => {
    const well = world.activities()['write-version'];
    return {
      'pick-version': (_input, { nth }) => imageVersion(`1.0.${nth}`),
      'write-version': (input, call, control) => {
        const code = codes[Number(input.version.split('.')[2])];
        if (input.what === 'create' && code !== undefined)
          throw new KilnError({ code, message: `It says ${code}.` });
        return well(input, call, control);
      },
    };
  },
});

for (const [says, subject, ending, numbers] of [
  [
    'a number that somebody else has taken is followed by the next',
    refusing(['NotOurs', 'NotOurs']),
    DONE,
    3,
  ],
  [
    'five numbers are tried at most',
    refusing(['AzureRefused', 'AzureRefused', 'NotOurs', 'NotOurs', 'AzureRefused', 'AzureRefused']),
    'ok, Failed, AzureRefused',
    5,
  ],
  [
    'an exact number is the only one',
    refusing(['NotOurs'], { versioning: { scheme: 'Exact', version: imageVersion('1.0.0') } }),
    'ok, Failed, NotOurs',
    1,
  ],
  [
    'a failure that the next number would meet too is the last',
    refusing(['AzureDenied']),
    'ok, Failed, AzureDenied',
    1,
  ],
] as const)
  test(says, async () => {
    const end = await play(subject);
    assert.equal(endingOfPart(end), ending);
    assert.equal(end.played.calls.filter(({ name }) => name === 'pick-version').length, numbers);
  });

test('numbers whose versions are not ours are named when the next one is picked', async () => {
  const { played } = await play(refusing(['NotOurs', 'AzureRefused', 'NotOurs']));
  const picks = played.calls.filter(({ name }) => name === 'pick-version').map(({ input }) => input.refused);
  assert.deepEqual(picks, [undefined, ['1.0.0'], ['1.0.0'], ['1.0.0', '1.0.2']]);
});

test('a version that is not ours is no artifact of the run', async () => {
  const { played } = await play(
    refusing(['NotOurs'], { versioning: { scheme: 'Exact', version: imageVersion('1.0.0') } }),
  );
  assert.equal(played.output.value.artifactId, undefined);
});

for (const usable of [true, false])
  test(`a version whose creation failed ${usable ? 'and that some region has is gone on with' : 'and that no region has is removed'}`, async () => {
    const { played } = await play({
      ...FULL,
      activities: () => ({ 'salvage-version': () => ({ usable }) }),
      subOrchestrators: (world) => ({
        ...atOnce(world),
        'wait-until': (wait, call, control) =>
          call.nth === 0
            ? { ok: false, error: { code: 'AzureRefused', message: 'One region failed.' } }
            : atOnce(world)['wait-until']!(wait, call, control),
      }),
    });
    const names = played.calls.map(({ name }) => name);
    assert.equal(names.includes('start-version-removal'), !usable);
    assert.equal(names.filter((name) => name === 'pick-version').length, usable ? 1 : 2);
    assert.equal(played.output.value.state, 'Succeeded');
  });

test('a version that a cancel can not take back any more is told as it is', async () => {
  const end = await play(
    {
      ...FULL,
      activities: () => ({
        'start-version-removal': () => {
          throw new KilnError({ code: 'NotOurs', message: 'It is promoted already; it stays.' });
        },
      }),
    },
    (world) => ({
      beforeCall: ({ name }, control) => {
        if (name === 'look-at-version' && !world.canceled) world.cancel(control, 'instance');
      },
    }),
  );
  assert.equal(
    endingOfPart(end),
    'ok, Failed, RegionFailed for RunCanceled, westeurope Failed, northeurope Failed',
  );
  assert.equal(end.world.outputs.length, 1);
});

test('a version that shall stay out of latest is not promoted', async () => {
  const { played } = await play(publishing({ excludeFromLatest: true }));
  assert.equal(played.output.value.promoted, false);
  assert.ok(!played.calls.some(({ input }) => input?.what === 'promote'));
});
