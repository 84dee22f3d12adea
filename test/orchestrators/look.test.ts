// The machine that is booted for hygiene alone, beside the distribution: whatever happens to it, the run ends as it would have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingOfPart, endingOfRun, goingWell } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, RUN, ring } from '../support/orchestrations/plans.ts';
import {
  atOnce,
  failWith,
  play,
  type Subject,
  testDeadlines,
  testFailures,
} from '../support/orchestrations/sweep.ts';
import { testCancelAtEachWait } from '../support/orchestrations/cancels.ts';
import { CAPTURED, RUN_INSTANCE, World } from '../support/orchestrations/world.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import { imageVersion, region } from '../../shared/model/convert.ts';

const { validation: _validation, ...unvalidated } = buildPlan();
const plan: BuildPlan = { ...unvalidated, look: true };
const { imageId: _imageId, ...withoutImage } = CAPTURED;

const LOOK: Subject = {
  orchestrator: 'look-at-image',
  input: { plan, captured: withoutImage },
  world: () => new World(plan),
  subOrchestrators: atOnce,
  ending: endingOfPart,
};

await testFailures('a look at the image', LOOK, {
  'start-temporary-image': 'ok',
  'describe-captured': 'ok',
  'start-build-machine': 'ok',
  'record-progress': 'ok',
  'start-command': 'ok',
  'finish-command': 'ok',
  'judge-proofs': 'ok',
  'discard-build-machine': 'ok',
});

await testDeadlines('a look at the image', LOOK, { wait: 'ok' });

const saidIn = ({ calls }: { calls: readonly { name: string; input: any }[] }): any[] =>
  calls.filter(({ name }) => name === 'record-progress').flatMap(({ input }) => input.entries);

test('a look boots the image, asks it, and removes the machine before it tells', async () => {
  const { played } = await play(LOOK);
  const names = played.calls.map(({ name }) => name);
  const order = ['start-temporary-image', 'start-build-machine', 'judge-proofs', 'discard-build-machine'];
  assert.deepEqual(
    names.filter((name) => order.includes(name)),
    order,
  );
  assert.deepEqual(
    saidIn(played).map(({ phase, step, event }) => `${phase} ${step} ${event}`),
    ['validate hygiene started', 'validate hygiene succeeded'],
  );
});

test('a machine that cannot be had is a line of the timeline', async () => {
  const { played } = await play({
    ...LOOK,
    activities: () => ({ 'start-build-machine': () => failWith('QuotaExceeded') }),
  });
  assert.deepEqual(played.output, { ok: true, value: null });
  const [line] = saidIn(played).filter(({ event }) => event === 'skipped');
  assert.match(line.message, /^The image could not be looked at; the run goes on\. /);
});

const run = (more: Partial<BuildPlan> = {}): Subject => ({
  orchestrator: 'build-image',
  input: RUN,
  instanceId: RUN_INSTANCE,
  world: () => new World({ ...plan, ...more }),
  subOrchestrators: (world) => ({ ...goingWell(world), 'look-at-image': () => ({ ok: true, value: null }) }),
  ending: endingOfRun,
});

test('a run has one look, and waits for no image that only the look needs', async () => {
  const inputs: unknown[] = [];
  const end = await play({
    ...run(),
    subOrchestrators: (world) => ({
      ...goingWell(world),
      'look-at-image': (input) => {
        inputs.push(input);
        return { ok: true, value: null };
      },
    }),
  });
  assert.equal(endingOfRun(end), 'Succeeded; done');
  assert.deepEqual(inputs, [{ plan, captured: CAPTURED }]);
  assert.ok(!end.played.calls.some(({ name }) => name === 'start-temporary-image'));
});

await testCancelAtEachWait('a run with a look', { ...run(), subOrchestrators: () => ({}) }, (ending) =>
  assert.equal(ending, 'Canceled, RunCanceled; done'),
);

for (const [hygiene, found, ending] of [
  ['warn', 2, true],
  ['fail', 2, false],
  ['fail', 0, true],
] as const)
  test(`a smoke boot that finds ${found} leftovers is ${ending ? 'good' : 'bad'} where hygiene is "${hygiene}"`, async () => {
    const target = galleryVersion({ rings: [ring(['westeurope'], { smokeBoot: true })] });
    const booting: BuildPlan = { ...unvalidated, smokeHygiene: hygiene, targets: [target] };
    const { played } = await play({
      orchestrator: 'smoke-boot',
      input: {
        plan: booting,
        target,
        version: imageVersion('1.0.0'),
        attempt: 0,
        region: region('westeurope'),
      },
      world: () => new World(booting),
      activities: () => ({ 'judge-proofs': () => ({ said: `${found} findings`, failed: found }) }),
      subOrchestrators: atOnce,
      ending: endingOfPart,
    });
    assert.equal(played.output.ok, ending);
    const judged = played.calls.find(({ name }) => name === 'judge-proofs');
    assert.deepEqual(judged?.input.smoke, {
      step: 'version › westeurope › hygiene',
      log: 'smoke-0-westeurope-hygiene',
    });
  });
