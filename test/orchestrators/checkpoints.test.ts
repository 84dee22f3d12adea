// Builds that keep their machine on the way, and builds that begin with what was kept: whatever fails of it, they end as any other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KilnError } from '../../shared/errors/failure.ts';
import { resourceId } from '../../shared/model/convert.ts';
import type { BuildPlan, CheckpointPlan } from '../../shared/model/plan.ts';
import type { Call } from '../support/orchestrations/types.ts';
import { endingOfPart, endingOfRun, goingWell } from '../support/orchestrations/endings.ts';
import { buildPlan, managedImage, RUN, step } from '../support/orchestrations/plans.ts';
import {
  atOnce,
  type End,
  play,
  type Subject,
  testDeadlines,
  testFailures,
} from '../support/orchestrations/sweep.ts';
import { testCancelAtEachWait } from '../support/orchestrations/cancels.ts';
import { RUN_INSTANCE, World } from '../support/orchestrations/world.ts';

const NAMES = ['one', 'two', 'three', 'four'];
const steps = NAMES.map((name, index) => step({ index, name, log: `0${index + 1}-${name}` }));
const EXPIRES = '2026-12-07T12:00:00.000Z';
const kept = (more: Partial<CheckpointPlan> = {}): CheckpointPlan => ({
  group: 'kiln-checkpoints',
  keep: [{ after: 1, key: 'k1' }],
  expires: EXPIRES,
  ...more,
});
const from = {
  ...{ after: 1, key: 'k1', snapshotId: resourceId('/snapshots/1'), runId: RUN.runId },
  ...{ savedAt: '2026-11-29T12:00:00.000Z', seconds: 360 },
};

function build(checkpoints: CheckpointPlan, more: Partial<BuildPlan> = {}): Subject {
  const { validation: _none, ...plan } = buildPlan({
    steps,
    checkpoints,
    targets: [managedImage()],
    ...more,
  });
  return {
    orchestrator: 'build-image',
    input: RUN,
    instanceId: RUN_INSTANCE,
    world: () => new World(plan),
    subOrchestrators: goingWell,
    ending: endingOfRun,
  };
}

const saving = build(kept());
const both = [
  { after: 1, key: 'k1' },
  { after: 2, key: 'k2' },
];
const resuming = build(kept({ from, keep: both }));
const savedAfter = (calls: readonly Call[]) =>
  calls.filter(({ name }) => name === 'save-checkpoint').map(({ input }) => input.after);
const ran = (calls: readonly Call[]) =>
  calls.filter(({ name }) => name === 'run-step').map(({ input }) => input.step.name);
const said = ({ world }: End) => world.timeline.map(({ id, message = '' }) => `${id} ${message}`).join('\n');

test('a build keeps its machine after the marked step alone, with the time that it took so far', async () => {
  const { played, world } = await play(saving);
  const [call, ...others] = played.calls.filter(({ name }) => name === 'save-checkpoint');
  assert.deepEqual([call?.input.after, call?.input.seconds, others], [1, 0, []]);
  const order = played.calls.map(({ name, input }) => (name === 'run-step' ? input.step.name : name));
  assert.ok(order.indexOf('two') < order.indexOf('save-checkpoint'));
  assert.ok(order.indexOf('save-checkpoint') < order.indexOf('three'));
  assert.match(
    said({ played, world }),
    /customize\/two\/checkpoint Kept as a checkpoint until 2026-12-07 12:00 UTC\./,
  );
});

test('a batch that ends with the marked step is kept after as a whole', async () => {
  const batches = [
    { first: 0, count: 2 },
    { first: 2, count: 2 },
  ];
  const { played } = await play(build(kept(), { batches }));
  const order = played.calls.map(({ name, input }) =>
    name === 'run-batch' ? `batch ${input.batch.first}` : name,
  );
  const at = order.indexOf('save-checkpoint');
  assert.ok(order.indexOf('batch 0') < at && at < order.indexOf('batch 2'));
});

test('a build that begins with a checkpoint runs what comes after it, and says what it saved', async () => {
  const end = await play(resuming);
  assert.equal(endingOfRun(end), 'Succeeded; done');
  assert.deepEqual(ran(end.played.calls), ['three', 'four']);
  const started = end.played.calls.filter(({ name }) => name === 'start-build-machine');
  assert.deepEqual(
    started.map(({ input }) => input.checkpoint),
    [true],
  );
  assert.match(said(end), /provision\/note From checkpoint after step 2 of 4, "two", saved 6 min\./);
  assert.match(said(end), /customize\/one\/skipped The checkpoint has it\./);
  assert.deepEqual(savedAfter(end.played.calls), [2], 'what it began with is there already');
  const save = end.played.calls.find(({ name }) => name === 'save-checkpoint');
  assert.deepEqual([save?.input.after, save?.input.seconds], [2, 360], 'the time of the one before counts');
});

function failing(subject: Subject, name: string, code = 'AzureNotFound' as const): Promise<End> {
  return play(subject, () => ({
    beforeCall: (call) => {
      if (call.name === name && (name !== 'start-build-machine' || call.input.checkpoint))
        throw new KilnError({ code, message: 'It is gone.' });
    },
  }));
}

for (const name of ['start-checkpoint-disk', 'start-build-machine'])
  test(`the whole build is done, from the source, when ${name} fails for the checkpoint`, async () => {
    const end = await failing(resuming, name);
    assert.equal(endingOfRun(end), 'Succeeded; done');
    assert.deepEqual(ran(end.played.calls), NAMES);
    assert.deepEqual(savedAfter(end.played.calls), [1, 2], 'the next build does not meet the same again');
    assert.match(
      said(end),
      /The checkpoint after step 2 of 4, "two", could not be used; the build begins with its source\. It is gone\./,
    );
    const machines = end.played.calls.filter(({ name: one }) => one === 'start-build-machine');
    assert.equal(machines.at(-1)?.input.checkpoint, undefined);
    assert.equal(
      machines.at(-1)?.input.plan.checkpoints.from,
      undefined,
      'nothing after this takes it for one of a checkpoint',
    );
  });

test('a machine of a checkpoint that does not come up is removed before the one of the source is made', async () => {
  const end = await play(resuming, () => ({
    beforeCall: ({ name, input }) => {
      if (name === 'wait-until' && input.probe === 'check-agent' && input.input.plan.checkpoints.from)
        throw new KilnError({ code: 'ProvisioningFailed', message: 'No agent.' });
    },
  }));
  assert.equal(endingOfRun(end), 'Succeeded; done');
  const names = end.played.calls.map(({ name }) => name);
  assert.ok(names.indexOf('discard-build-machine') < names.lastIndexOf('start-build-machine'));
  assert.deepEqual(ran(end.played.calls), NAMES);
});

test('what keeps a machine from being kept is told, and the build goes on', async () => {
  const refused = { ok: false, error: { code: 'AzureDenied', message: 'No right to make groups.' } } as const;
  const parts: Subject['subOrchestrators'] = (world) => ({
    ...goingWell(world),
    'save-checkpoint': () => refused,
  });
  const end = await play({ ...saving, subOrchestrators: parts });
  assert.equal(endingOfRun(end), 'Succeeded; done');
  assert.match(said(end), /No checkpoint was made here; the build goes on\. No right to make groups\./);
  assert.deepEqual(ran(end.played.calls), NAMES);
});

test('a build without marks asks for nothing of checkpoints', async () => {
  const { checkpoints: _none, ...plan } = buildPlan({ steps });
  const { played } = await play({ ...saving, world: () => new World(plan) });
  assert.ok(
    !played.calls.some(
      ({ name, input }) => /checkpoint/.test(name) || JSON.stringify(input).includes('checkpoint'),
    ),
  );
});

await testFailures('a build of a checkpoint', resuming, {
  'check-slot': 'Failed, the cause; done',
  'resolve-plan': 'Failed, the cause; done',
  'record-progress': 'Failed, the cause; done',
  'create-staging-group': 'Failed, the cause; done',
  'start-': 'Failed, the cause; done',
  'start-checkpoint-disk': 'Succeeded; done',
  'start-build-machine': 'Succeeded; done',
  'generalize-machine': 'Failed, the cause; done',
  'describe-captured': 'Failed, the cause; done',
  'record-progress (distribute/succeeded)': 'Succeeded; done',
  'record-outcome': 'no outcome; done',
  'record-progress (clean up': 'Succeeded; done',
  'revoke-disk-access': 'Succeeded; done',
  'start-cleanup':
    'Succeeded; deferred; left: disk of the checkpoint, group, machine build, network, network group',
  'record-cleanup': 'Succeeded; no word of the clean-up',
});
await testCancelAtEachWait('a build of a checkpoint', resuming, (ending) =>
  assert.match(ending, /^Canceled(, RunCanceled)?; done$/),
);

const save: Subject = {
  orchestrator: 'save-checkpoint',
  input: { plan: buildPlan({ steps, checkpoints: kept() }), after: 1, seconds: 60 },
  world: () => new World(buildPlan({ steps, checkpoints: kept() })),
  subOrchestrators: atOnce,
  ending: endingOfPart,
};
await testFailures('keeping a machine', save, {
  'start-command': 'not ok, the cause',
  'finish-command': 'ok',
  'start-checkpoint': 'not ok, the cause',
  'keep-checkpoint': 'not ok, the cause; left: checkpoint 1',
});
await testDeadlines('keeping a machine', save, {
  'wait check-command (checkpoint-001), its time is over': 'not ok, CustomizerFailed',
  'wait check-command': 'not ok, AzureRefused',
  'wait check-operation': 'not ok, AzureRefused; left: checkpoint 1',
  'wait check-operation (make checkpoint 1), its time is over':
    'not ok, AzureUnavailable; left: checkpoint 1',
  // A snapshot that Azure interrupts is asked for once more.
  'wait check-operation (make checkpoint 1), AzureInterrupted': 'ok',
});

test('a machine that cannot write down what it has is not kept', async () => {
  const activities = () => ({
    'check-command': () =>
      ({ done: true, value: { exitCode: 1, timedOut: false, tail: 'disk full' } }) as const,
  });
  const { played, world } = await play({ ...save, activities });
  assert.match(played.output.error.message, /disk full/);
  assert.ok(![...world.there].some((name) => name.startsWith('checkpoint')));
});
