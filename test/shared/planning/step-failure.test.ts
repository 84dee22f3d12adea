import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepFailure } from '../../../functions/orchestrators/build/step-command.ts';
import type { StepPlan } from '../../../shared/model/plan.ts';

const step: StepPlan = {
  index: 0,
  name: 'ps2',
  kind: 'command',
  phase: 'customize',
  machine: 'build',
  log: '01-ps2',
  timeoutSeconds: 60,
  validExitCodes: [12, 14, 16],
};

test('a 0 that is not among the valid codes says why it is a failure', () => {
  const { message } = stepFailure(step, { exitCode: 0, timedOut: false, tail: '' });
  assert.match(message, /"ps2" ended with exit code 0, which its validExitCodes \[12, 14, 16\] leave out\./);
});

test('what a signal ended is told as that, by the code of a shell too', () => {
  const told = (exitCode: number) => stepFailure(step, { exitCode, timedOut: false, tail: 'x' }).message;
  assert.match(told(137), /exit code 137: a process of it was killed by signal 9/);
  assert.match(told(3), /exit code 3\. Its last output:\nx$/);
});
