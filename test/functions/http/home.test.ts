import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertHome, assertListed } from '../../../functions/http/home.ts';
import { type AccessPolicy, OPEN } from '../../../shared/access/policy.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { UNKNOWN } from '../../../shared/model/principal.ts';

const HOME = { subscriptionId: '00000000-0000-4000-8000-000000000001', resourceGroup: 'nowhere' };
const CLOSED: AccessPolicy = { mode: 'deny', rules: [] };

function asking(
  policy: AccessPolicy,
  code: string,
): Parameters<typeof assertListed>[0] & { asked: string[] } {
  const asked: string[] = [];
  const readArm = (path: string): Promise<never> => {
    asked.push(path);
    const azure = { code, message: 'words of Azure' };
    return Promise.reject(new KilnError({ code: 'AzureNotFound', message: 'x', azure }));
  };
  return { asked, readArm, caller: UNKNOWN, commands: { gate: { policy, isOwnBlob: () => false } } };
}

test('an empty list says that its group is not there, in the words of Azure, to whoever may read in it', async () => {
  const exchange = asking(OPEN, 'ResourceGroupNotFound');
  await assert.rejects(assertListed(exchange, HOME), /words of Azure/);
  assert.equal(exchange.asked.length, 1);
});

test('whoever may not read in a group does not learn whether it is there: nobody is asked', async () => {
  const exchange = asking(CLOSED, 'ResourceGroupNotFound');
  await assertListed(exchange, HOME);
  assert.deepEqual(exchange.asked, []);
});

test('a list of a whole subscription asks nothing, and what else keeps Kiln from seeing a group is no reason', async () => {
  const { resourceGroup: _, ...subscription } = HOME;
  const exchange = asking(OPEN, 'AuthorizationFailed');
  await assertListed(exchange, subscription);
  assert.deepEqual(exchange.asked, []);
  await assertListed(exchange, HOME);
  await assertHome(exchange, HOME);
  assert.equal(exchange.asked.length, 2);
});
