import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { VerifiedTokens } from '../../../functions/http/verified.ts';

const TOLERANCE = 60;
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** Answers with the claims of a token, and counts how often it was asked. */
function checker(exp: number) {
  const counter = { checks: 0 };
  const verify = (roles: string[]) => () => {
    counter.checks += 1;
    return Promise.resolve({ roles, exp });
  };
  return { counter, verify };
}

test('a token is checked once for many requests, and another one for itself', async () => {
  const tokens = new VerifiedTokens();
  const { counter, verify } = checker(secondsFromNow(3600));
  for (const _ of [1, 2, 3])
    assert.deepEqual((await tokens.claims('a.b.c', TOLERANCE, verify(['Reader'])))['roles'], ['Reader']);
  assert.equal(counter.checks, 1);
  assert.deepEqual((await tokens.claims('a.b.d', TOLERANCE, verify(['Admin'])))['roles'], ['Admin']);
  assert.equal(counter.checks, 2);
});

test('a token is checked anew the moment that its time is over', async () => {
  const tokens = new VerifiedTokens();
  const { counter, verify } = checker(secondsFromNow(1 - TOLERANCE));
  await tokens.claims('a.b.c', TOLERANCE, verify([]));
  await sleep(1100);
  await tokens.claims('a.b.c', TOLERANCE, verify([]));
  assert.equal(counter.checks, 2);
});

test('what was refused is not remembered', async () => {
  const tokens = new VerifiedTokens();
  const refuse = () => Promise.reject(new Error('refused'));
  await assert.rejects(tokens.claims('a.b.c', TOLERANCE, refuse));
  await assert.rejects(tokens.claims('a.b.c', TOLERANCE, refuse));
  const { verify } = checker(secondsFromNow(60));
  assert.deepEqual((await tokens.claims('a.b.c', TOLERANCE, verify(['Reader'])))['roles'], ['Reader']);
});
