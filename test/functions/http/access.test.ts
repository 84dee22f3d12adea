import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { UnsecuredJWT } from 'jose';
import { createAccess } from '../../../functions/http/access.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, AUDIENCE, type Issuer, ISSUER, sampleBody, startIssuer, TEMPLATES } from '../../support/api.ts';

describe('access to the API', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  const past = Math.floor(Date.now() / 1000) - 3600;
  const bad: [string, () => Promise<string | null> | string | null, RegExp][] = [
    ['no token', () => null, /no bearer token/],
    ['a token that is no JWT', () => 'x.y.z', /not a JWT/],
    [
      'alg none',
      () => new UnsecuredJWT({ roles: ['Admin'], exp: 9e9 }).setIssuer(ISSUER).setAudience(AUDIENCE).encode(),
      /not a JWT signed with RS256/,
    ],
    ['another audience', () => issuer.sign({ roles: ['Admin'], aud: 'api://other' }), /"aud"/],
    ['another issuer', () => issuer.sign({ roles: ['Admin'], iss: 'https://evil.example' }), /"iss"/],
    ['an expired token', () => issuer.sign({ roles: ['Admin'], exp: past }), /expired/],
    ['a token that never expires', () => issuer.sign({ roles: ['Admin'], exp: undefined }), /"exp"/],
    [
      'the public key of the issuer as an HMAC secret',
      () => issuer.signWithPublicKeyAsSecret({ roles: ['Admin'] }),
      /not a JWT signed with RS256/,
    ],
    [
      'a key that the token itself brings along',
      () => issuer.signByStranger({ roles: ['Admin'] }, { bringsKey: true }),
      /not signed with a key/,
    ],
    [
      'a key set that the token itself points to',
      () => issuer.signByStranger({ roles: ['Admin'] }, { kid: 'theirs', jku: 'https://evil.example/keys' }),
      /not signed with a key/,
    ],
    ['another tenant', () => issuer.sign({ roles: ['Admin'], tid: 'evil' }), /"tid".*another tenant/],
    ['no tenant', () => issuer.sign({ roles: ['Admin'], tid: undefined }), /"tid"/],
    ['a token of later', () => issuer.sign({ roles: ['Admin'], nbf: past + 7200 }), /"nbf"/],
    ['a foreign key', () => issuer.signByStranger({ roles: ['Admin'] }), /not signed with a key/],
  ];
  for (const [what, make, message] of bad)
    test(`${what} is refused with 401 and a challenge`, async () => {
      const answer = await api.send('GET', TEMPLATES, { token: await make() });
      assert.equal(answer.status, 401);
      assert.equal(answer.body.error.code, 'Unauthenticated');
      assert.match(answer.body.error.message, message);
      assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer realm="kiln", authorization_uri=/);
    });

  test('clocks may differ by a minute, and an audience may be one of several', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const claims of [{ exp: now - 30 }, { nbf: now + 30 }, { aud: ['api://other', AUDIENCE] }]) {
      const token = await issuer.sign({ roles: ['Reader'], ...claims });
      assert.equal((await api.send('GET', TEMPLATES, { token })).status, 200, JSON.stringify(claims));
    }
    const token = await issuer.sign({ roles: ['Reader'], exp: now - 90 });
    assert.equal((await api.send('GET', TEMPLATES, { token })).status, 401);
  });

  test('a token that does not say which of several keys has signed it is the fault of its maker', async () => {
    const keys = createServer((_request, response) => {
      const key = { kty: 'RSA', n: 'AQAB', e: 'AQAB', alg: 'RS256', use: 'sig' };
      response.end(
        JSON.stringify({
          keys: [
            { ...key, kid: 'a' },
            { ...key, kid: 'b' },
          ],
        }),
      );
    }).listen(0, '127.0.0.1');
    await once(keys, 'listening');
    const { port } = keys.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}`;
    const access = createAccess({ issuer: ISSUER, audiences: [AUDIENCE], jwksUrl });
    const token = await issuer.signByStranger({ roles: ['Admin'] }, { kid: '' });
    await assert.rejects(
      access(`Bearer ${token}`, 'Reader'),
      (error) => error instanceof KilnError && error.failure.code === 'Unauthenticated',
    );
    keys.close();
  });

  test('a path that does not exist is refused in the same way without a token', async () => {
    assert.equal((await api.send('GET', '/subscriptions/none', { token: null })).status, 401);
  });

  test('roles allow reading, building and deleting, each with the rights of the one before', async () => {
    const status = async (role: 'Reader' | 'Builder' | 'Admin', method: string, path: string) =>
      (await api.send(method, path, { role, body: method === 'PUT' ? sampleBody() : undefined })).status;
    assert.equal(await status('Reader', 'GET', TEMPLATES), 200);
    assert.equal(await status('Reader', 'PUT', `${TEMPLATES}/a`), 403);
    assert.equal(await status('Reader', 'POST', `${TEMPLATES}/a/run`), 403);
    assert.equal(await status('Builder', 'GET', TEMPLATES), 200);
    assert.equal(await status('Builder', 'PUT', `${TEMPLATES}/a`), 201);
    assert.equal(await status('Builder', 'DELETE', `${TEMPLATES}/b`), 403);
    assert.equal(await status('Admin', 'DELETE', `${TEMPLATES}/b`), 204);
  });

  test('a token without a role is refused with 403 and the role that is needed', async () => {
    const answer = await api.send('DELETE', `${TEMPLATES}/a`, { token: await issuer.sign({}) });
    assert.equal(answer.status, 403);
    assert.match(answer.body.error.message, /no app role; this needs Admin/);
  });

  test('without settings every token is refused, with the names of the settings', async () => {
    const access = createAccess({ missing: ['KILN_AUTH_ISSUER'] });
    await assert.rejects(access('Bearer x', 'Reader'), (error) => {
      assert.ok(error instanceof KilnError);
      assert.match(error.message, /KILN_AUTH_ISSUER/);
      return error.failure.code === 'Unauthenticated';
    });
  });

  test('keys that cannot be fetched are not the fault of the caller', async () => {
    const auth = {
      issuer: ISSUER,
      audiences: [AUDIENCE],
      jwksUrl: 'http://127.0.0.1:1/keys',
    };
    const token = await issuer.sign({ roles: ['Reader'] });
    await assert.rejects(
      createAccess(auth)(`Bearer ${token}`, 'Reader'),
      (error) => error instanceof KilnError && error.failure.code === 'AzureUnavailable',
    );
  });
});
