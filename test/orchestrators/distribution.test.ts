// All targets of a run at once, and once more for what failed.
import { play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceId, region } from '../../shared/model/convert.ts';
import type { BuildPlan, Captured, TargetPlan } from '../../shared/model/plan.ts';
import type { RunOutput } from '../../shared/model/documents/documents.ts';
import { testCancelAtEachCall, testCancelAtEachWait } from '../support/orchestrations/cancels.ts';
import { endingOfRun, goingWell } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, managedImage, RUN, vhd } from '../support/orchestrations/plans.ts';
import type { SubOrchestrators } from '../support/orchestrations/types.ts';
import { CAPTURED, RUN_INSTANCE, World } from '../support/orchestrations/world.ts';

const THREE = [managedImage(), galleryVersion({ index: 1 }), vhd({ index: 2 })];
const NO = { code: 'AzureDenied', message: 'No.' } as const;

type Ends = Readonly<Partial<Record<TargetPlan['type'], typeof NO>>>;

/** Targets that end well, but for those that are named. */
const targets = (ends: Ends): SubOrchestrators => {
  const end = (type: TargetPlan['type'], name: string) =>
    ends[type] === undefined
      ? ({ ok: true, value: { name, type, state: 'Succeeded' } } as const)
      : ({ ok: false, error: ends[type] } as const);
  return {
    'publish-managed-image': () => end('ManagedImage', 'image'),
    'publish-gallery-version': () => end('SharedImage', 'version'),
    'publish-vhd': () => end('VHD', 'vhd'),
  };
};

function distributing(ends: Ends = {}, more: object = {}): Subject {
  const plan = buildPlan({ targets: THREE });
  return {
    orchestrator: 'distribute',
    input: { plan, captured: CAPTURED, attempt: 0, ...more },
    world: () => new World(plan),
    subOrchestrators: () => targets(ends),
    ending: ({ played: { output } }) =>
      output.ok ? output.value.map((one: RunOutput) => one.state).join(', ') : `not ok, ${output.error.code}`,
  };
}

const ALL = 'Succeeded, Succeeded, Succeeded';
await testFailures('a distribution', distributing(), {
  'save-distribution': 'not ok, the cause',
  'record-progress': 'not ok, the cause',
});

test('a target that fails costs only itself, and a retry finds it in the outputs', async () => {
  const { played, world } = await play(distributing({ VHD: NO }));
  assert.deepEqual(
    played.output.value.map(({ state }: RunOutput) => state),
    ['Succeeded', 'Succeeded', 'Failed'],
  );
  assert.deepEqual(world.outputs, [{ name: 'vhd', type: 'VHD', state: 'Failed', error: NO }]);
  const ended = world.timeline
    .filter(({ event }) => event !== 'started')
    .map(({ step, event }) => `${step} ${event}`);
  assert.deepEqual(ended, ['image succeeded', 'version succeeded', 'vhd failed']);
});

test('a later attempt does not keep what it distributes a second time', async () => {
  const { played } = await play(distributing({}, { attempt: 1 }));
  assert.ok(!played.calls.some(({ name }) => name === 'save-distribution'));
});

test('a gallery version goes on where an earlier attempt has left it, and only that one does', async () => {
  const resume = { 1: { version: '1.0.0', regions: [] } };
  const { played } = await play(distributing({}, { attempt: 1, resume }));
  const input = (name: string) => played.calls.find((call) => call.name === name)?.input;
  assert.deepEqual(input('publish-gallery-version').resume, resume[1]);
  assert.equal(input('publish-vhd').resume, undefined);
});

test('a target that the engine lost is asked for until it has ended, and the others are told as they are', async () => {
  const { played } = await play({
    ...distributing(),
    activities: () => ({
      'check-instance': ({ instance }, { nth }) => {
        if (nth < 2) return { done: false };
        const type = instance.endsWith('target-2')
          ? 'VHD'
          : instance.endsWith('target-1')
            ? 'SharedImage'
            : 'ManagedImage';
        return { done: true, value: { ok: true, value: { name: type, type, state: 'Succeeded' } } };
      },
    }),
    subOrchestrators: () => ({
      ...targets({}),
      'publish-vhd': () => {
        throw new Error('The process died.');
      },
    }),
  });
  assert.deepEqual(
    played.output.value.map(({ state }: RunOutput) => state),
    ALL.split(', '),
  );
  assert.equal(played.elapsed, 20_000, 'two looks that were too early');
});

// Again

function again(more: Partial<BuildPlan> = {}, captured: Captured = CAPTURED, parts = goingWell): Subject {
  const plan = buildPlan({ targets: THREE, ...more });
  return {
    orchestrator: 'redistribute',
    input: { ...RUN, attempt: 1, operationId: 'O' },
    instanceId: RUN_INSTANCE,
    world: () => new World(plan),
    activities: () => ({ 'plan-redistribution': () => ({ plan, captured, resume: {}, done: [] }) }),
    subOrchestrators: parts,
    ending: endingOfRun,
  };
}

const FAILS = {
  'plan-redistribution': 'Failed, the cause; kept',
  'record-progress': 'Failed, the cause; done',
  'record-progress (distribute/succeeded)': 'Succeeded; done',
  'record-progress (clean up': 'Succeeded; done',
  'keep-machines': 'Failed, the cause; done',
  'create-staging-group': 'Failed, the cause; done',
  'start-source-disk': 'Failed, the cause; done',
  'start-temporary-image': 'Failed, the cause; done',
  'describe-captured': 'Failed, the cause; done',
  'record-outcome': 'no outcome; done',
  'revoke-disk-access': 'Succeeded; done',
  'start-cleanup': 'Succeeded; deferred',
  'record-cleanup': 'Succeeded; no word of the clean-up',
  'wait check-operation': 'Failed, AzureRefused; done',
  'wait check-operation (make disk source), its time is over': 'Failed, CaptureFailed; done',
  'wait check-operation (make temporary image), its time is over': 'Failed, CaptureFailed; done',
  'wait check-operation (make disk source), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (make temporary image), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (delete the staging group)': 'Succeeded; deferred',
  'wait check-group-gone': 'Succeeded; deferred',
};
const FROM_MACHINE = again();
const FROM_VERSION = again({}, { imageId: resourceId('/galleries/goldens/images/web/versions/1.0.0') });
const NO_IMAGE = again({}, { machineId: CAPTURED.machineId!, osDiskId: CAPTURED.osDiskId! });
await testFailures('a retry', FROM_MACHINE, FAILS);
for (const [about, subject] of [
  ['a retry from a version', FROM_VERSION],
  ['a retry that needs an image', NO_IMAGE],
] as const) {
  await testFailures(about, subject, {
    ...FAILS,
    'start-cleanup':
      subject === NO_IMAGE
        ? 'Succeeded; deferred; left: temporary image'
        : 'Succeeded; deferred; left: disk source, group',
  });
  await testDeadlines(about, subject, FAILS);
  await testCancelAtEachCall(about, subject, 'Canceled, RunCanceled; done');
}
await testCancelAtEachWait(
  'a whole retry',
  again({}, CAPTURED, () => ({})),
  (ending) => {
    // A cancel that comes after the last target has none of them to tell about.
    assert.match(ending, /^Canceled, RunCanceled( for RunCanceled)?; done$/);
  },
);

for (const [says, plan, makes] of [
  ['a version at home needs no disk', { targets: [galleryVersion()] }, 0],
  [
    'a version made elsewhere needs a disk',
    { targets: [galleryVersion({ home: region('northeurope') })] },
    1,
  ],
  ['a managed image needs a disk', { targets: [managedImage()] }, 1],
] as const)
  test(`of what is left as a version only, ${says}`, async () => {
    const { played } = await play(again(plan, { imageId: resourceId('/versions/1.0.0') }));
    assert.equal(played.calls.filter(({ name }) => name === 'start-source-disk').length, makes);
  });

test('a retry that fails again keeps what it is made of for the next', async () => {
  const subject = again({}, CAPTURED, (world) => ({
    ...goingWell(world),
    distribute: () => ({
      ok: true,
      value: [
        { name: 'image', type: 'ManagedImage', state: 'Succeeded' },
        { name: 'vhd', type: 'VHD', state: 'Failed', error: NO },
      ],
    }),
  }));
  const end = await play(subject);
  assert.equal(endingOfRun(end), 'PartiallySucceeded, DistributionFailed for AzureDenied; kept');
  const [cleanup] = end.world.cleanups;
  assert.equal(cleanup?.retryUntil, cleanup?.keptUntil);
});

test('what could not be kept is told, and nobody is promised a retry', async () => {
  const end = await play({
    ...again({}, CAPTURED, (world) => ({
      ...goingWell(world),
      distribute: () => ({ ok: true, value: [{ name: 'vhd', type: 'VHD', state: 'Failed', error: NO }] }),
    })),
    activities: (world) => ({
      ...again().activities?.(world),
      'keep-machines': (_input, { nth }) => {
        if (nth > 0) throw new Error('The process died.');
        return null;
      },
    }),
  });
  assert.equal(end.world.cleanups[0]?.retryUntil, undefined);
  assert.match(end.world.timeline.at(-1)?.message ?? '', /its lease could not be written/);
});

test('what earlier attempts distributed is part of how a retry ends', async () => {
  const done: RunOutput = { name: 'version', type: 'SharedImage', state: 'Failed', error: NO };
  const subject = again();
  const end = await play({
    ...subject,
    activities: () => ({
      'plan-redistribution': () => ({
        plan: buildPlan({ targets: [managedImage()] }),
        captured: CAPTURED,
        resume: {},
        done: [done],
      }),
    }),
  });
  assert.equal(endingOfRun(end), 'PartiallySucceeded, DistributionFailed for AzureDenied; kept');
});
