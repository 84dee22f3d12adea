import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shouldKeep } from '../../../functions/orchestrators/build/keep.ts';

test('a machine that restarted or lost its agent is kept as the phase of its step says', () => {
  const steps = [
    { log: '01-one', phase: 'customize' },
    { log: '02-two', phase: 'validate' },
  ];
  const build: any = { plan: { steps, keep: { customize: true, validate: false, leaseMinutes: 60 } } };
  const keeps = (code: any, target: string) =>
    shouldKeep(build, { failure: { code, message: '', target } } as any);
  assert.equal(keeps('MachineRestarted', '01-one'), true);
  assert.equal(keeps('AgentFailed', '01-one.attempt-2'), true);
  assert.equal(keeps('AgentLost', '02-two'), false);
  assert.equal(keeps('MachineStopped', '01-one'), false, 'there is nothing to look at');
});
