import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccess } from '../../functions/http/access.ts';
import { AUDIENCE, ISSUER, startIssuer, TENANT } from '../support/api.ts';

test('ID tokens of the same registration are refused, access tokens of apps and of users are not', async () => {
  const issuer = await startIssuer();
  try {
    const auth = { issuer: ISSUER, audiences: [AUDIENCE], jwksUrl: issuer.url, restrict: {}, tenant: TENANT };
    const access = createAccess(auth);
    const ask = async (claims: object) =>
      access(`Bearer ${await issuer.sign({ roles: ['Admin'], oid: 'me', ...claims })}`, 'Reader');
    for (const claims of [
      { ver: '2.0', name: 'Me', preferred_username: 'me@example.com' },
      { ver: '1.0', unique_name: 'me' },
      { ver: '2.0', azp: 'client', nonce: 'n' },
      { at_hash: 'x' },
    ])
      await assert.rejects(ask(claims), /is an ID token/, JSON.stringify(claims));
    for (const claims of [
      { ver: '2.0', azp: 'client', azpacr: '1' },
      { ver: '1.0', appid: 'client', idtyp: 'app' },
      { ver: '2.0', azp: 'client', scp: 'user_impersonation' },
    ])
      assert.equal((await ask(claims)).id, 'me');
  } finally {
    issuer.stop();
  }
});
