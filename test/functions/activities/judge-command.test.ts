import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../functions/activities/machine/judge-command.ts';
import type { CommandView } from '../../../shared/ports/azure.ts';

const STARTED = new Date('2026-11-29T12:00:00Z');

function view(executionState: string, exitCode: number, seconds = 5): CommandView {
  const endedAt = new Date(STARTED.getTime() + seconds * 1000);
  const said = { output: 'out\n\n##kiln-exit:3\n', error: '', executionMessage: 'told' };
  return { provisioningState: 'Succeeded', executionState, exitCode, ...said, startedAt: STARTED, endedAt };
}

const on = (osType: 'Linux' | 'Windows', of: CommandView) =>
  judge(of, { osType, timeoutSeconds: 60, log: '01-x' });

test('-1 on Linux is a time-out when the limit has passed, and a signal before it', () => {
  assert.deepEqual(on('Linux', view('Failed', -1, 60)), { exitCode: -1, timedOut: true, tail: 'out\n' });
  assert.deepEqual(on('Linux', view('Failed', -1, 59.5)), { exitCode: -1, timedOut: true, tail: 'out\n' });
  const killed = { exitCode: -1, timedOut: false, killed: true, tail: 'out\n' };
  assert.deepEqual(on('Linux', view('Failed', -1)), killed);
  assert.equal(on('Linux', view('Failed', 137, 60))?.timedOut, true, 'ended by its own starter at the limit');
  assert.equal(on('Linux', view('Failed', 137))?.timedOut, false);
});

test("on Windows every code is the script's own, unless nothing was started", () => {
  assert.deepEqual(on('Windows', view('Failed', -1, 60)), { exitCode: -1, timedOut: false, tail: 'out\n' });
  assert.equal(on('Windows', view('Failed', -101))?.exitCode, -101);
  assert.equal(on('Windows', view('TimedOut', -1))?.timedOut, true);
  const { startedAt: _, ...never } = { ...view('Failed', -101), output: '' };
  assert.throws(() => on('Windows', never), /could not run "01-x" \(its code -101\): told/);
});

test("the handler's own codes on Linux are no script's", () => {
  for (const code of [-100, -101, -204, -226])
    assert.throws(
      () => on('Linux', view('Failed', code)),
      (error: any) => error.failure.code === 'AgentFailed',
    );
});

test('a state that Azure does not know is no end', () => {
  for (const state of ['Unknown', 'Pending', 'Running', ''])
    assert.equal(on('Linux', view(state, 0)), undefined);
});
