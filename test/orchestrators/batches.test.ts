// Steps that share a command: how each of them ends, and what the build makes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchEnd, CommandOutcome } from '../../functions/contract.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import { endingOfPart, goingWell } from '../support/orchestrations/endings.ts';
import { buildPlan, RUN, step } from '../support/orchestrations/plans.ts';
import { START } from '../support/orchestrations/run-orchestrator.ts';
import { atOnce, play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import { RUN_INSTANCE, World } from '../support/orchestrations/world.ts';

const NAMES = ['one', 'two', 'three'];
const steps = NAMES.map((name, index) => step({ index, name, log: `0${index + 1}-${name}` }));
const plan: BuildPlan = buildPlan({
  steps,
  batches: [{ first: 0, count: 3, listing: true }],
  inventory: true,
});
const batch = { first: 0, count: 3, listing: true } as const;
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

function running(outcome: Partial<CommandOutcome> = {}): Subject {
  const value = { exitCode: 0, timedOut: false, tail: 'said last', ...outcome };
  return {
    orchestrator: 'run-batch',
    input: { plan, batch, startedAt: at(0) },
    world: () => new World(plan),
    activities: () => ({ 'check-command': () => ({ done: true, value }) }),
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

/** The wait for the command fails. */
function refused(error: Failure): Subject {
  return { ...running(), subOrchestrators: () => ({ 'wait-until': () => ({ ok: false, error }) }) };
}

const lines = (world: World) => world.timeline.map(({ id, at: when }) => `${id} ${when.slice(17, 19)}`);
const ended = (...seconds: number[]): BatchEnd['ended'] =>
  seconds.map((second, index) => ({ index, at: at(second) }));

test('one command carries out all of them, and each has ended when its mark says so', async () => {
  const { played, world } = await play(running({ batch: { ended: ended(1, 2, 3), listed: true } }));
  assert.deepEqual(played.output, { ok: true, value: { ended: ended(1, 2, 3), listed: true } });
  assert.equal(played.calls.filter(({ name }) => name === 'start-command').length, 1);
  assert.deepEqual(world.left, ['slot']);
});

test('a step whose mark has not arrived ended at the latest with the command', async () => {
  const { played } = await play(running({ batch: { ended: ended(1) } }));
  assert.deepEqual(
    played.output.value.ended.map(({ index }: { index: number }) => index),
    [0, 1, 2],
  );
});

test('a log that has not arrived whole when the command has ended is handed out once more', async () => {
  const { played } = await play(running({ batch: { ended: ended(1, 2, 3), late: true } }));
  const finish = played.calls.find(({ name }) => name === 'finish-command');
  assert.equal(finish?.input.late, true);
});

test('the step that fails is named, those before it have succeeded, and none after it has begun', async () => {
  const { played, world } = await play(running({ exitCode: 3, batch: { ended: ended(1) } }));
  assert.match(played.output.error.message, /^Customizer "two" ended with exit code 3\. .*said last/s);
  assert.equal(played.output.error.target, 'two');
  assert.deepEqual(lines(world).slice(0, 3), [
    'customize/one/started 00',
    'customize/one/succeeded 01',
    'customize/two/started 01',
  ]);
  assert.match(lines(world)[3] ?? '', /^customize\/two\/failed/);
  assert.equal(world.timeline.length, 4);
});

test('a failure before any mark is one of the first step', async () => {
  const { played } = await play(running({ exitCode: -1, killed: true }));
  assert.match(played.output.error.message, /^Customizer "one" was killed by a signal/);
});

test('a machine that is lost is told of the step that was under way', async () => {
  const error = { code: 'MachineRestarted', message: 'It restarted.', target: '02-two' } as const;
  const { played, world } = await play(refused(error));
  assert.equal(played.output.error.message, 'It restarted.');
  assert.deepEqual(
    world.timeline.map(({ id }) => id),
    ['customize/two/failed'],
  );
});

test('the step of a failure stays the one that it was found with, although the log has gone on', async () => {
  const error = { code: 'AgentLost', message: 'Gone.', target: '01-one' } as const;
  const underWay = { label: 'the listing of the image', log: 'inventory' };
  const finish = () => ({ tail: '', removal: { done: true } as const, underWay });
  const { played } = await play({ ...refused(error), activities: () => ({ 'finish-command': finish }) });
  assert.equal(played.output.error.target, '01-one');
});

test('the end of the build is told of the step that was under way', async () => {
  const late: Subject = {
    ...refused({ code: 'BuildTimedOut', message: 'Late.' }),
    activities: () => ({
      'finish-command': () => ({
        tail: 'the last line',
        removal: { done: true },
        underWay: { label: 'Customizer "three"', log: '03-three' },
      }),
    }),
  };
  const { played, world } = await play(late);
  assert.match(played.output.error.message, /was over .* while Customizer "three" ran\. .*the last line/s);
  assert.equal(world.timeline[0]?.id, 'customize/three/failed');
});

test('what befalls the listing fails no step', async () => {
  const all = ended(1, 2, 3);
  const { played } = await play(running({ exitCode: 137, batch: { ended: all } }));
  assert.deepEqual(played.output, { ok: true, value: { ended: all } });
  const lost = await play(refused({ code: 'AgentLost', message: 'Gone.', target: 'inventory' }));
  assert.equal(lost.played.output.ok, true);
  const canceled = await play(refused({ code: 'RunCanceled', message: 'So.', target: 'inventory' }));
  assert.equal(canceled.played.output.error.code, 'RunCanceled');
});

function building(end: BatchEnd, of: BuildPlan = plan): Subject {
  return {
    orchestrator: 'build-image',
    input: RUN,
    instanceId: RUN_INSTANCE,
    world: () => new World(of),
    subOrchestrators: (world) => ({
      ...goingWell(world),
      'run-batch': () => ({ ok: true, value: end }),
    }),
    ending: endingOfPart,
  };
}

test('a build writes the lines of each step, and asks for no listing that it has already', async () => {
  const { played, world } = await play(building({ ended: ended(1, 2, 3), listed: true }));
  const names = played.calls.map(({ name }) => name);
  assert.equal(names.filter((name) => name === 'run-batch').length, 1);
  assert.equal(names.includes('run-step'), false);
  assert.equal(names.includes('start-command'), false, 'the listing came with the steps');
  assert.ok(names.includes('keep-inventory'));
  const told = new Set(world.timeline.map(({ id }) => id));
  for (const name of NAMES)
    assert.ok(told.has(`customize/${name}/started`) && told.has(`customize/${name}/succeeded`), name);
});

test('a listing that did not come with the steps is asked for by itself', async () => {
  const { played } = await play(building({ ended: ended(1, 2, 3) }));
  const asked = played.calls.filter(({ name }) => name === 'start-command');
  assert.deepEqual(
    asked.map(({ input }) => input.command.name),
    ['inventory'],
  );
});

test('a build that was planned before there were batches has a command for each step', async () => {
  const { batches: _, ...old } = plan;
  const { played } = await play(building({ ended: [] }, old));
  assert.equal(played.calls.filter(({ name }) => name === 'run-step').length, 3);
});

await testFailures('a batch', running({ batch: { ended: ended(1, 2, 3) } }), {
  'start-command': 'not ok, the cause',
  'wait check-command': 'not ok, AzureRefused',
  'finish-command': 'ok',
  'record-progress': 'not ok, the cause',
});
await testDeadlines('a batch', running(), {
  'wait check-command (step-000-0), its time is over': 'not ok, CustomizerTimedOut',
  'wait check-command (step-000-0), AzureRefused': 'not ok, AzureRefused',
});
