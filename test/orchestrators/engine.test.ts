// The engine of these tests itself: what it plays, and that it sees what must go red.
import { runOrchestrator } from '../support/orchestrations/run-orchestrator.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  all,
  asResult,
  begin,
  call,
  type Durable,
  PATIENT,
  sleep,
  unlessCanceled,
} from '../../functions/orchestrators/durable.convert.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Call, Control, Orchestrator } from '../support/orchestrations/types.ts';

const HOUR = 3_600_000;
const plan: any = { run: { runId: 'r' } };
const refused = (code: 'AzureThrottled' | 'AzureDenied') => new KilnError({ code, message: code });

test('days pass at once, and the end says how many', async () => {
  const started = performance.now();
  const played = await runOrchestrator(
    function* ({ df }) {
      yield* sleep(df, 9 * 24 * HOUR);
      return 'slept';
    },
    { activities: {} },
  );
  assert.deepEqual([played.status, played.output], ['Completed', 'slept']);
  assert.equal(played.elapsed, 9 * 24 * HOUR);
  assert.ok(performance.now() - started < 5000);
});

test('an activity that nobody stands in for fails the test with its name', async () => {
  const play = runOrchestrator(
    function* ({ df }) {
      yield* asResult(call(df, 'start-cleanup', { plan }));
      return null;
    },
    { activities: {} },
  );
  await assert.rejects(play, /Nobody stands in for the activity 'start-cleanup', which 'instance' called/);
});

test('a passing failure is tried again after a pause on the virtual clock, and any other is not', async () => {
  const orchestrator: Orchestrator = function* ({ df }) {
    return yield* asResult(call(df, 'start-network', { plan }));
  };
  const passing = await runOrchestrator(orchestrator, {
    activities: {
      'start-network': (_input, { nth }) => {
        if (nth < 3) throw refused('AzureThrottled');
        return { done: true };
      },
    },
  });
  assert.deepEqual(passing.output, { ok: true, value: { done: true } });
  assert.equal(passing.elapsed, (2 + 4 + 8) * 1000);
  const permanent = await runOrchestrator(orchestrator, {
    activities: {
      'start-network': () => {
        throw refused('AzureDenied');
      },
    },
  });
  assert.equal(permanent.output.error.code, 'AzureDenied');
  assert.equal(permanent.calls.length, 1);
});

test('a call that was refused in a crowd waits twice as long each time, and has the patience of a patient one', async () => {
  const orchestrator: Orchestrator = function* ({ df }) {
    return yield* asResult(call(df, 'start-network', { plan }));
  };
  const crowded = { retryAfterMs: 1000, crowded: true } as const;
  const played = await runOrchestrator(orchestrator, {
    activities: {
      'start-network': (_input, { nth }) => {
        if (nth < 12) throw new KilnError({ code: 'AzureThrottled', message: 'Too many.', ...crowded });
        return { done: true };
      },
    },
  });
  assert.deepEqual(played.output, { ok: true, value: { done: true } });
  const pauses = Array.from({ length: 12 }, (_, nth) => Math.min(2 ** nth, 300));
  assert.equal(played.elapsed, pauses.reduce((sum, seconds) => sum + seconds) * 1000);
  const older = await runOrchestrator(orchestrator, {
    activities: {
      'start-network': () => {
        throw new KilnError({ code: 'AzureThrottled', message: 'Too many.', retryAfterMs: 1000 });
      },
    },
  });
  assert.deepEqual([older.calls.length, older.elapsed], [8, 7000], 'as older versions wrote it down');
});

for (const [about, attempts, minutes] of [
  ['an ordinary call', undefined, 4],
  ['a patient one', PATIENT, 48],
] as const)
  test(`${about} that crashes each time is given up after ${minutes} minutes, and says no more than that`, async () => {
    const played = await runOrchestrator(
      function* ({ df }) {
        return yield* asResult(call(df, 'start-network', { plan }, attempts));
      },
      {
        activities: {
          'start-network': () => {
            throw new TypeError('a secret');
          },
        },
      },
    );
    assert.equal(played.output.error.code, 'InternalError');
    assert.ok(!JSON.stringify(played.output).includes('a secret'));
    assert.equal(Math.floor(played.elapsed / 60_000), minutes);
  });

test('children run in the same engine, and one that is stood in for is asked once', async () => {
  const parent: Orchestrator = function* ({ df }) {
    const wait: any = {
      probe: 'check-agent',
      input: { plan, machine: 'build' },
      deadline: '2027-01-01T00:00:00.000Z',
    };
    return yield* all(df, [
      begin(df, 'wait-until', wait, 'real'),
      begin(df, 'install-system', { plan }, 'stand-in'),
    ]);
  };
  let asked = 0;
  const { output, calls } = await runOrchestrator(parent, {
    activities: {
      'check-agent': (_input, { nth }) => (nth < 30 ? { done: false } : { done: true, value: null }),
    },
    subOrchestrators: { 'install-system': () => ({ ok: true, value: (asked++, null) }) },
  });
  assert.deepEqual(output, [
    { ok: true, value: null },
    { ok: true, value: null },
  ]);
  assert.equal(asked, 1);
  assert.equal(
    calls.filter(({ instance }) => instance === 'instance:real').length,
    31,
    'also after continueAsNew',
  );
});

test('an event reaches the orchestrator at its time, and a termination ends it without its knowing', async () => {
  const orchestrator: Orchestrator = function* ({ df }) {
    const timer = df.createTimer(new Date(df.currentUtcDateTime.getTime() + HOUR));
    const event = df.waitForExternalEvent('go');
    if ((yield df.Task.any([timer, event])) === timer) return 'late';
    timer.cancel();
    return event.result;
  };
  const events = [{ at: 1000, name: 'go', data: 'gone' }];
  assert.equal((await runOrchestrator(orchestrator, { activities: {}, events })).output, 'gone');
  assert.equal((await runOrchestrator(orchestrator, { activities: {} })).output, 'late');
  const ended = await runOrchestrator(orchestrator, {
    activities: {},
    onWait: (_wait, control) => control.terminate('by hand'),
  });
  assert.equal(ended.status, 'Terminated');
  assert.equal(ended.elapsed, 0);
});

const DIVERGENT: Readonly<Record<string, () => unknown>> = {
  'Date.now()': () => Date.now(),
  'new Date()': () => new Date().toISOString(),
  'Math.random()': () => Math.random(),
  'crypto.randomUUID()': () => crypto.randomUUID(),
  'a variable of the module': () => ++kept,
};
let kept = 0;

for (const [name, value] of Object.entries(DIVERGENT)) {
  test(`an orchestrator that uses ${name} goes red: in an input`, async () => {
    const play = runOrchestrator(
      function* ({ df }) {
        yield df.callActivity('check-slot', value());
        return null;
      },
      { activities: { 'check-slot': () => ({ done: true, value: null }) } },
    );
    await assert.rejects(play, /KILN-STRICT-NONDETERMINISM/);
  });

  test(`an orchestrator that uses ${name} goes red: in what it returns`, async () => {
    const play = runOrchestrator(
      function* ({ df }) {
        yield* sleep(df, 1);
        return value();
      },
      { activities: {} },
    );
    await assert.rejects(play, /KILN-STRICT-NONDETERMINISM/);
  });
}

test('an orchestrator that goes another way in a replay goes red', async () => {
  let turns = 0;
  const play = runOrchestrator(
    function* ({ df }) {
      // Two replays a turn agree with each other, and not with the turn before.
      const name = turns++ < 2 ? 'check-slot' : 'check-agent';
      yield df.callActivity(name, {});
      yield* sleep(df, 1);
      return null;
    },
    {
      activities: {
        'check-slot': () => ({ done: true, value: null }),
        'check-agent': () => ({ done: true, value: null }),
      },
    },
  );
  await assert.rejects(play, /KILN-STRICT-NONDETERMINISM/);
});

test('a planted lost cancel goes red, and the one waiter of an instance hears it', async () => {
  const install = (df: Durable, nth: number) => begin(df, 'install-system', { plan }, `child-${nth}`);
  const atSecond = ({ nth }: Call, control: Control) => (nth === 1 ? control.raise('cancel') : undefined);
  const scene = {
    activities: {},
    subOrchestrators: { 'install-system': () => ({ ok: true, value: null }) as const },
    beforeCall: atSecond,
  };
  // A waiter for each wait: the event goes to the newest, and the next wait looks at one of its own.
  const deaf: Orchestrator = function* ({ df }) {
    for (let nth = 0; nth < 3; nth++)
      yield df.Task.any([install(df, nth), df.waitForExternalEvent('cancel')]);
    yield df.waitForExternalEvent('cancel');
    return null;
  };
  await assert.rejects(runOrchestrator(deaf, scene), /waits for what never comes/);
  const heard = await runOrchestrator(function* ({ df }) {
    for (let nth = 0; nth < 3; nth++) yield* unlessCanceled(df, install(df, nth));
    return null;
  }, scene);
  assert.match(heard.output, /The run was canceled/);
});

test('an orchestrator that waits for what never comes goes red', async () => {
  const play = runOrchestrator(
    function* ({ df }) {
      yield df.waitForExternalEvent('never');
      return null;
    },
    { activities: {} },
  );
  await assert.rejects(play, /waits for what never comes/);
});
