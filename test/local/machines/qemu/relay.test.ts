import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  AWAKEN_PROGRAM,
  RELAY_PROGRAM,
  relayOrder,
  relayWork,
} from '../../../../local/machines/qemu/relay.ts';
import { environmentLines } from '../../../../local/machines/qemu/run-channel.ts';

test('the programs for the guest are correct Perl', () => {
  for (const program of [RELAY_PROGRAM, AWAKEN_PROGRAM])
    execFileSync('perl', ['-c', '-e', program], { stdio: ['ignore', 'ignore', 'pipe'] });
});

test('an order to the relay carries the token of its run', () => {
  assert.equal(relayOrder('kill', Buffer.from([1, 255])), 'k01ff');
  assert.equal(relayOrder('goodbye', Buffer.from([1, 255])), 'q01ff');
});

test('the work of a relay stands behind the token of its run, with its length', () => {
  const work = relayWork(Buffer.from([1, 255]), ['id', 'echo', 'A=b']);
  assert.equal(work.toString('latin1'), 'p01ff\0\0\0\x15\0\0\0\x02id\0\0\0\x04echo\0\0\0\x03A=b');
});

test('environment values are taken as they are, and impossible ones are refused', () => {
  assert.deepEqual(environmentLines({ A: `"$(id)'\n=ü`, 'b.c-d': '' }), [`A="$(id)'\n=ü`, 'b.c-d=']);
  for (const [name, value] of [
    ['', 'x'],
    ['A=B', 'x'],
    ['A', 'x\0y'],
  ] as const)
    assert.throws(() => environmentLines({ [name]: value }), /environment variable/);
});
