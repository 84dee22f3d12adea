// Managed images and VHDs: every call failing, every wait running out, a cancel at each call.
import { atOnce, play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KilnError } from '../../shared/errors/failure.ts';
import { region } from '../../shared/model/convert.ts';
import type { TargetPlan } from '../../shared/model/plan.ts';
import { testCancelAtEachCall } from '../support/orchestrations/cancels.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, managedImage, vhd } from '../support/orchestrations/plans.ts';
import { CAPTURED, World } from '../support/orchestrations/world.ts';

function publishing(target: TargetPlan, more: object = {}): Subject {
  const plan = buildPlan({ targets: [target] });
  return {
    orchestrator: target.type === 'VHD' ? 'publish-vhd' : 'publish-managed-image',
    input: { plan, target, captured: CAPTURED, ...more },
    world: () => new World(plan),
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

const NORTH = managedImage({ location: region('northeurope') });
const HERE = publishing(managedImage(), { sourceFirst: true });
const ELSEWHERE = publishing(NORTH, { sourceFirst: true });
const VHD = publishing(vhd({ copies: ['https://other/blob?sas'] }));
const DONE = 'ok, Succeeded';

await testFailures('a managed image', HERE, {
  'start-': 'not ok, the cause',
  'record-output': 'not ok, the cause',
});
await testFailures('a managed image elsewhere', ELSEWHERE, {
  'start-': 'not ok, the cause',
  'record-output': 'not ok, the cause',
});
const WAITS = {
  'wait check-operation (make snapshot), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (make snapshot in northeurope), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (make snapshot), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (make snapshot in northeurope), AzureRefused': 'not ok, AzureRefused',
  'wait check-snapshot-copy (northeurope), its time is over': 'not ok, CaptureFailed',
  'wait check-snapshot-copy (northeurope), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (delete the former image), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (delete the former image), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (make image /images/web complete), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (make image /images/web complete), AzureRefused': 'not ok, AzureRefused',
  // Started once more.
  'wait check-operation (make image /images/web complete), AzureInterrupted': DONE,
  'wait check-operation (make snapshot), AzureInterrupted': DONE,
  'wait check-operation (make snapshot in northeurope), AzureInterrupted': DONE,
  'wait check-operation (delete the former image), AzureInterrupted': DONE,
};
await testDeadlines('a managed image', HERE, WAITS);
await testDeadlines('a managed image elsewhere', ELSEWHERE, WAITS);

await testFailures('a VHD', VHD, {
  'start-': 'not ok, the cause',
  // A further blob costs only itself.
  'start-vhd-copy (make access) no. 2': DONE,
  'record-output': 'not ok, the cause',
  'revoke-disk-access': 'ok, Succeeded; left: access',
});
await testDeadlines('a VHD', VHD, {
  'wait check-operation (make access), its time is over': 'not ok, CaptureFailed',
  'wait check-operation (make access), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (make access), AzureInterrupted': DONE,
  'wait check-vhd-copy (), its time is over': 'not ok, CaptureFailed',
  'wait check-vhd-copy (), AzureRefused': 'not ok, AzureRefused',
  'wait check-vhd-copy () no. 2': DONE,
});

test('the failure of a replaced image says that the former one is gone', async () => {
  const failing = (replaces: boolean): Subject => ({
    ...HERE,
    activities: () => ({
      'start-managed-image-removal': () => ({ done: true, replaces }),
      'start-managed-image': () => {
        throw new KilnError({ code: 'AzureDenied', message: 'No.' });
      },
    }),
  });
  const gone = await play(failing(true));
  assert.match(
    gone.played.output.error.message,
    /^No\. The former image \/images\/web was removed .* and is gone\.$/,
  );
  const none = await play(failing(false));
  assert.equal(none.played.output.error.message, 'No.');
});

test('a former image that was not found at first is removed when its name turns out to be taken', async () => {
  let looks = 0;
  const { played } = await play({
    ...HERE,
    activities: () => ({
      'start-managed-image-removal': () => ({ done: true, replaces: ++looks > 1 }),
      'start-managed-image': () => {
        if (looks === 1) throw new KilnError({ code: 'NotOurs', message: 'Taken.' });
        return { done: true };
      },
    }),
  });
  assert.ok(played.output.ok, JSON.stringify(played.output));
  assert.equal(looks, 2);
});

test('a name that stays taken is looked at twice and no more', async () => {
  const { played } = await play({
    ...HERE,
    activities: () => ({
      'start-managed-image-removal': () => ({ done: true, replaces: false }),
      'start-managed-image': () => {
        throw new KilnError({ code: 'NotOurs', message: 'Taken.' });
      },
    }),
  });
  assert.deepEqual([played.output.ok, played.output.error.code], [false, 'NotOurs']);
  assert.equal(played.calls.filter(({ name }) => name === 'start-managed-image').length, 2);
});

test('a former image goes only after the copy that its successor is made of is there', async () => {
  const { played } = await play(ELSEWHERE);
  const names = played.calls.map(({ name, input }) => (name === 'wait-until' ? input.probe : name));
  assert.ok(names.indexOf('check-snapshot-copy') < names.indexOf('start-managed-image-removal'));
  assert.equal(played.calls.at(-3)?.input.snapshotId, '/snapshots/northeurope');
});

test('an instance that began under the old rule goes by the old one', async () => {
  const { played } = await play(publishing(NORTH));
  const names = played.calls.map(({ name }) => name);
  assert.ok(names.indexOf('start-managed-image-removal') < names.indexOf('start-snapshot'));
});

test('the half of a VHD whose copy failed is taken away', async () => {
  const { played, world } = await play({
    ...publishing(vhd()),
    activities: () => ({
      'check-vhd-copy': () => {
        throw new KilnError({ code: 'DistributionFailed', message: 'The copy failed.' });
      },
    }),
  });
  assert.equal(played.output.error.code, 'DistributionFailed');
  assert.ok(!world.there.has('blob 0'));
  assert.ok(!world.there.has('access'), 'and the next target gets its turn');
});

test('a further blob that did not get the VHD is told with its cause, and without its signature', async () => {
  const { played } = await play({
    ...VHD,
    activities: (world) => {
      const well = world.activities()['start-vhd-copy'];
      return {
        'start-vhd-copy': (input, ...rest) => {
          if (input.copy === 1) throw new KilnError({ code: 'AzureDenied', message: 'No.' });
          return well(input, ...rest);
        },
      };
    },
  });
  assert.deepEqual(played.output.value.copies, [
    { uri: 'https://other/blob', state: 'Failed', error: { code: 'AzureDenied', message: 'No.' } },
  ]);
});

for (const [about, subject] of [
  ['a managed image', HERE],
  ['a managed image elsewhere', ELSEWHERE],
] as const)
  test(`${about} honours no cancel from the removal of the former image to the new one`, async () => {
    for (const [during, ending] of [
      ['start-managed-image-removal', 'not ok, RunCanceled'],
      ['start-managed-image', DONE],
    ]) {
      const end = await play(subject, (world) => ({
        beforeCall: ({ name }, control) => {
          if (name === during && !world.canceled) world.cancel(control, 'instance');
        },
      }));
      assert.equal(endingOfPart(end), ending);
    }
  });

test('an image that replaces nothing is not begun after a cancel', async () => {
  const end = await play(
    { ...HERE, activities: () => ({ 'start-managed-image-removal': () => ({ done: true }) }) },
    (world) => ({
      beforeCall: ({ name }, control) => {
        if (name === 'start-managed-image') world.cancel(control, 'instance');
      },
    }),
  );
  assert.equal(endingOfPart(end), 'not ok, RunCanceled');
});

await testCancelAtEachCall('a VHD', publishing(vhd()), 'not ok, RunCanceled', 'wait check-vhd-copy');
