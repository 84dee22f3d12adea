// Submissions and deletions, waits, the queue, and what stays after a failure.
import { play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import { atOnce } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awaitTurn } from '../../functions/orchestrators/build/turn.ts';
import { asResult } from '../../functions/orchestrators/durable.convert.ts';
import type { Wait } from '../../functions/contract.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, RUN } from '../support/orchestrations/plans.ts';
import { START } from '../support/orchestrations/run-orchestrator.ts';
import type { Activities, Control, Orchestrator } from '../support/orchestrations/types.ts';
import { World } from '../support/orchestrations/world.ts';

const HOUR = 3_600_000;
const at = (ms: number) => new Date(START + ms).toISOString();
const plain = { world: () => new World(buildPlan()), subOrchestrators: atOnce };

const submission: Subject = {
  ...plain,
  orchestrator: 'submit-template',
  input: { ref: RUN.ref, revision: 1, operationId: 'O' },
  ending: ({ played: { status, calls } }) => {
    const said = calls.filter(({ name }) => name === 'finish-submission').at(-1)?.input;
    return status === 'Completed' ? (said?.failure?.code ?? said?.exactVersion) : status;
  },
};
await testFailures('a submission', submission, {
  'pin-scripts': 'the cause',
  'resolve-submission': 'the cause',
  // Whoever reads the template finds an instance that ended without a word.
  'finish-submission': 'Failed',
});

const deletion: Subject = {
  ...plain,
  orchestrator: 'delete-template',
  input: { ref: RUN.ref, operationId: 'O' },
  ending: ({ played: { status, calls } }) =>
    `${status}, ${calls.some(({ name }) => name === 'remove-template') ? 'removed' : 'there'}`,
};
await testFailures('a deletion', deletion, {
  'request-cancel': 'Completed, removed',
  'remove-template': 'Failed, removed',
});
await testDeadlines('a deletion', deletion, { 'wait check-run-ended': 'Completed, removed' });

// Waits

function waiting(more: Partial<Wait> = {}, activities: Activities = {}): Subject {
  const input = {
    probe: 'check-agent',
    input: { plan: buildPlan(), machine: 'build' },
    deadline: at(HOUR),
    onTimeout: 'BuildTimedOut',
    ...more,
  };
  return {
    ...plain,
    subOrchestrators: () => ({}),
    orchestrator: 'wait-until',
    input,
    activities: () => activities,
    ending: endingOfPart,
  };
}
const never: Activities = { 'check-agent': () => ({ done: false }) };
await testFailures('a wait', waiting(), { 'check-agent': 'not ok, the cause' });

test('a wait ends at its deadline and not a pause later, in words that say for what', async () => {
  const build = await play(waiting({}, never));
  assert.match(
    build.played.output.error.message,
    /The time that the template allows was over at .*, while Kiln waited for agent/,
  );
  const own = await play(waiting({ onTimeout: 'ProvisioningFailed' }, never));
  assert.match(own.played.output.error.message, /^Waiting for agent took longer than allowed/);
  assert.equal(own.played.elapsed, HOUR);
});

test('a long wait keeps its history short, and does not forget how often it has looked', async () => {
  const { played } = await play(waiting({}, never));
  assert.ok(played.recording.history.length < 200, `${played.recording.history.length} events`);
  const pauses = played.calls
    .slice(-10)
    .map(({ at: when }, index, all) => when - (all[index - 1]?.at ?? when));
  assert.ok(
    pauses.slice(1, -1).every((pause) => pause === 30_000),
    'looks do not begin anew with each history',
  );
});

test('a wait looks when the other side wishes', async () => {
  const { played } = await play(
    waiting(
      {},
      {
        'check-agent': (_input, { nth }) =>
          nth === 0 ? { done: false, retryAfterMs: 7000 } : { done: true, value: null },
      },
    ),
  );
  assert.equal(played.elapsed, 7000);
});

test('what a look has seen is given to the next, also in the next history', async () => {
  const { played } = await play(
    waiting(
      {},
      {
        'check-agent': (_input, { nth }) =>
          nth < 25 ? { done: false, seen: { rounds: nth } as never } : { done: true, value: null },
      },
    ),
  );
  assert.deepEqual(
    played.calls.map(({ input }) => input.seen?.rounds),
    [undefined, ...Array.from({ length: 25 }, (_, nth) => nth)],
  );
});

for (const [says, data, calls] of [
  ['an event that brings the end along ends the wait without a look', { ok: true, value: null }, 1],
  ['an event that brings nothing is a reason to look', null, 2],
] as const)
  test(says, async () => {
    const long: Activities = {
      'check-agent': (_input, { nth }) =>
        nth === 0 ? { done: false, retryAfterMs: 300_000 } : { done: true, value: null },
    };
    const { played } = await play(waiting({ wakeOn: 'turn' }, long), () => ({
      events: [{ at: 500, name: 'turn', data }],
    }));
    assert.deepEqual(played.output, { ok: true, value: null });
    assert.equal(played.elapsed, 500);
    assert.equal(played.calls.length, calls);
  });

test('an event that comes while a wait looks is not lost', async () => {
  const long: Activities = {
    'check-agent': (_input, { nth }) =>
      nth === 0 ? { done: false, retryAfterMs: 300_000 } : { done: true, value: null },
  };
  const { played } = await play(waiting({ wakeOn: 'turn' }, long), () => ({
    beforeCall: ({ nth }, control) => {
      if (nth === 0) control.raise('turn');
    },
  }));
  assert.equal(played.elapsed, 0);
});

// The queue

const turn: Orchestrator = function* ({ df }) {
  return yield* asResult(awaitTurn(df, RUN));
};
const inLine = (activities: Activities = {}): Subject => ({
  ...plain,
  subOrchestrators: () => ({}),
  orchestrator: turn,
  input: null,
  activities: () => activities,
  ending: endingOfPart,
});

test('a build whose turn it is does not wait', async () => {
  const { played } = await play(inLine({ 'check-slot': () => ({ done: true, value: null }) }));
  assert.equal(played.calls.length, 1);
});

test('a build in line is woken when its turn comes', async () => {
  const slots: Activities = {
    'check-slot': (_input, { nth }) =>
      nth < 2 ? { done: false, retryAfterMs: 60_000 } : { done: true, value: null },
  };
  const events = [{ at: 1000, name: 'turn', instance: 'instance:slot' }];
  assert.equal((await play(inLine(slots), () => ({ events }))).played.elapsed, 1000);
});

test('a build that never gets its turn gives up after seven days', async () => {
  const { played } = await play(inLine({ 'check-slot': () => ({ done: false, retryAfterMs: 600_000 }) }));
  assert.equal(played.output.error.code, 'QueueTimedOut');
  assert.ok(played.elapsed >= 7 * 24 * HOUR);
});

test('a build in line hears a cancel at once', async () => {
  const { played } = await play(
    inLine({ 'check-slot': () => ({ done: false, retryAfterMs: 600_000 }) }),
    () => ({
      toTheEnd: false,
      onWait: (wait: number, control: Control) => (wait === 0 ? control.raise('cancel') : undefined),
    }),
  );
  assert.equal(played.output.error.code, 'RunCanceled');
  assert.equal(played.elapsed, 0);
});

// What stays

const failing = (code: 'CustomizerFailed' | 'AgentLost', target: string, lease: Activities = {}): Subject => {
  const plan = buildPlan({ keep: { customize: true, validate: false, leaseMinutes: 90 } });
  return {
    orchestrator: 'build-image',
    input: RUN,
    world: () => new World(plan),
    activities: () => lease,
    subOrchestrators: (world) => ({
      ...atOnce(world),
      'run-step': () => ({ ok: false, error: { code, message: 'Bad.', target } }),
    }),
    ending: ({ world }) => world.cleanups.map(({ cleanup }) => cleanup).join(),
  };
};

for (const [says, subject, ending] of [
  ['a machine whose step failed', failing('CustomizerFailed', 'one'), 'kept'],
  ['a machine that lost its agent in a customizer', failing('AgentLost', '01-one.attempt-2'), 'kept'],
  ['a machine that lost its agent in a validator', failing('AgentLost', '02-check'), 'done'],
] as const)
  test(`${says} is ${ending === 'kept' ? 'kept' : 'not kept'} when customizers are to be kept`, async () => {
    assert.equal(subject.ending(await play(subject)), ending);
  });

test('a lease that cannot be written is told, and the machines are kept all the same', async () => {
  const { world } = await play(
    failing('CustomizerFailed', 'one', {
      'keep-machines': () => {
        throw new KilnError({ code: 'AzureDenied', message: 'No tags.' });
      },
    }),
  );
  assert.equal(world.cleanups[0]?.cleanup, 'kept');
  assert.match(
    world.timeline.at(-1)?.message ?? '',
    /are kept, but their lease could not be written: No tags\./,
  );
  assert.ok(world.there.has('machine build'));
});

test('a failed run that was canceled before it was told is cleaned up, whatever the template asks', async () => {
  const subject = failing('CustomizerFailed', 'one');
  const { world } = await play(subject, (world) => ({
    beforeCall: ({ name }) => {
      if (name === 'record-outcome') world.canceled = true;
    },
  }));
  assert.equal(world.cleanups[0]?.cleanup, 'done');
});
