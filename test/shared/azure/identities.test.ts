import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdentity } from '../../../shared/planning/read-identities.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import { error, failureOf, GROUP, standIn } from './stand-in.ts';

const IDENTITY = resourceId(`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`);
const POINTER = `/identity/userAssignedIdentities/${IDENTITY.replaceAll('/', '~1')}`;

test('an identity is read by its id and tells its service principal', async () => {
  const ids = { principalId: 'p', clientId: 'c' };
  const arm = await standIn(() => ({ status: 200, body: { properties: { tenantId: 't', ...ids } } }));
  assert.deepEqual(await readIdentity(arm.azure.identities, IDENTITY), { id: IDENTITY, ...ids });
  assert.equal(arm.received[0]?.url, `${IDENTITY}?api-version=2023-01-31`);
});

test('one that is not there or may not be read is refused with its place in the template', async () => {
  for (const [status, code, said] of [
    [404, 'ResourceNotFound', /There is no identity .*builder/],
    [403, 'AuthorizationFailed', /may not be read/],
  ] as const) {
    const arm = await standIn(() => ({ status, body: error(code, 'Refused.') }));
    const failure = await failureOf(readIdentity(arm.azure.identities, IDENTITY));
    assert.equal(failure.code, 'IdentityNotUsable');
    assert.equal(failure.target, POINTER);
    assert.match(failure.message, said);
  }
});

test('trouble on the way is not taken for an absent identity: the submission tries again', async () => {
  const arm = await standIn(() => ({ status: 503, body: error('ServerBusy', 'Later.') }));
  const failure = await failureOf(readIdentity(arm.azure.identities, IDENTITY));
  assert.equal(failure.code, 'AzureUnavailable');
});
