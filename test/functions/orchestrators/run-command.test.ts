import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../../functions/orchestrators/build/run-command.ts';
import { waitUntil } from '../../../functions/orchestrators/wait-until.ts';

const NOW = new Date('2026-11-29T12:00:00Z');
const plan: any = { run: {}, deadline: '2026-11-29T12:10:00.000Z' };
const command: any = {
  machine: 'build',
  name: 'step-000-0',
  log: '01-one',
  label: 'Customizer "one"',
  timeoutSeconds: 60,
  script: { kind: 'step', index: 0 },
};

/** An orchestration is a generator over tasks: this answers each task by the name of what it calls. */
function drive(piece: Generator<any>, answers: Record<string, unknown>): any {
  const calls: any[] = [];
  for (let answer: unknown; ;) {
    const { done, value } = piece.next(answer);
    if (done === true) return { value, calls };
    calls.push(value);
    assert.ok(value.name in answers, `nobody answers ${value.name}`);
    answer = answers[value.name];
  }
}

const task = (name: string, input: unknown, id?: string) => ({ name, input, id });
const df: any = {
  currentUtcDateTime: NOW,
  instanceId: 'i',
  callActivity: task,
  callSubOrchestrator: task,
  createTimer: (at: Date) => ({ name: 'timer', at }),
};
const ok = (value: unknown) => ({ ok: true, value });
const over = (code: string) => ({ ok: false, error: { code, message: 'Waiting for command' } });
const removal = { done: false, pollUrl: 'https://arm/operations/1', what: 'stop the script' };

test('a time-out stops the script, waits until it is stopped, and keeps its last output', () => {
  const { value, calls } = drive(runCommand(df, plan, command), {
    'start-command': ok({ done: true }),
    'wait-until': over('CustomizerTimedOut'),
    'finish-command': ok({ tail: 'half of it', removal }),
  });
  assert.deepEqual(value, { exitCode: -1, timedOut: true, tail: 'half of it' });
  assert.equal(calls[2].input.unfinished, true);
  assert.equal(calls[3].input.probe, 'check-operation');
});

test('the end of the build names what ran, with its last lines', () => {
  const late = { ...plan, deadline: '2026-11-29T12:01:00.000Z' };
  const answers = {
    'start-command': ok(null),
    'wait-until': over('BuildTimedOut'),
    'finish-command': ok({ tail: 'still at it\n', removal }),
  };
  assert.throws(
    () => drive(runCommand(df, late, command), answers),
    (error: any) => {
      assert.equal(error.failure.code, 'BuildTimedOut');
      assert.match(
        error.message,
        /buildTimeoutInMinutes\) was over at .* while Customizer "one" ran\. Its last output:\nstill at it/,
      );
      return true;
    },
  );
});

test('a build under way whose history has the answers of an earlier version goes on', () => {
  const { value } = drive(runCommand(df, plan, command), {
    'start-command': ok(null),
    'wait-until': over('CustomizerTimedOut'),
    'finish-command': ok(null),
  });
  assert.deepEqual(value, { exitCode: -1, timedOut: true, tail: '' });
});

test('what a look has found is given to the next one, and to the next history', () => {
  const inputs: any[] = [];
  let next: any;
  const own: any = {
    ...df,
    getInput: () => ({
      probe: 'check-command',
      input: { plan, command },
      deadline: plan.deadline,
      onTimeout: 'CustomizerTimedOut',
    }),
    callActivity: (name: string, input: any) => {
      inputs.push(input);
      return task(name, input);
    },
    continueAsNew: (input: unknown) => (next = input),
  };
  drive(waitUntil({ df: own } as any), {
    'check-command': ok({ done: false, seen: { state: 'as it was' } }),
    timer: undefined,
  });
  assert.equal(inputs[0].seen, undefined);
  assert.deepEqual(inputs[1].seen, { state: 'as it was' });
  assert.deepEqual(next.seen, { state: 'as it was' });
});
