// Keys of the local vault as the app uses them; Azure's own words for each refusal.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { parseEnvelope } from '../../../cli/api/envelope.ts';
import { openEnvelope } from '../../../cli/provenance/envelope.ts';
import { keyVaultSigner } from '../../../shared/azure/key-vault-signer.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { sealed } from '../../../shared/provenance/dsse.ts';
import { type CloudFixture, cloudFixture, type RunningCloud, tokenFor } from './support.ts';

const HOST = 'signing.vault.azure.net';
const TYPE = 'application/vnd.in-toto+json';

describe('keys of a vault', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const vault = () => ({
    endpoint: `${cloud.url}/key-vaults`,
    credential: {
      getToken: async (scope: string | string[]) => ({
        token: await tokenFor(cloud.url, String(scope).replace('/.default', '')),
        expiresOnTimestamp: Date.now() + 60_000,
      }),
    },
  });

  async function send(method: string, rest: string, body?: unknown, audience = 'https://vault.azure.net') {
    const headers = {
      authorization: `Bearer ${await tokenFor(cloud.url, audience)}`,
      'content-type': 'application/json',
    };
    const url = `${cloud.url}/key-vaults/${HOST}/${rest}?api-version=7.4`;
    const answer = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as any };
  }

  test('sign with the newest version of a key, and the signature is one of its public half', async () => {
    await send('POST', 'keys/kiln/create', { kty: 'EC', crv: 'P-256' });
    const { body } = await send('POST', 'keys/kiln/create', { kty: 'EC', crv: 'P-256' });
    const signer = keyVaultSigner(vault(), `https://${HOST}/keys/kiln`);
    const envelope = await sealed(TYPE, Buffer.from('{"a":1}'), signer);
    assert.equal(envelope.signatures[0]?.keyid, body.key.kid);
    const { kty, crv, x, y } = body.key;
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    const parsed = parseEnvelope(envelope);
    assert.ok(parsed);
    assert.deepEqual(openEnvelope(parsed, key), { a: 1 });
  });

  test('refuse a token for Azure Resource Manager, other algorithms and what is no digest', async () => {
    await send('POST', 'keys/strict/create', { kty: 'EC', crv: 'P-256' });
    const { body } = await send('GET', 'keys/strict');
    const rest = `keys/strict/${String(body.key.kid).split('/').at(-1)}/sign`;
    const value = Buffer.alloc(32).toString('base64url');
    assert.equal((await send('POST', rest, { alg: 'RS256', value })).status, 400);
    assert.equal((await send('POST', rest, { alg: 'ES256', value: 'AAAA' })).status, 400);
    const other = 'https://management.azure.com';
    assert.equal((await send('GET', 'keys/strict', undefined, other)).status, 401);
    assert.equal((await send('POST', 'keys/rsa/create', { kty: 'RSA' })).status, 400);
  });

  test('that are not there are named in a failure that says what to do', async () => {
    const signer = keyVaultSigner(vault(), `https://${HOST}/keys/absent`);
    await assert.rejects(
      signer.sign(Buffer.from('x')),
      (error) =>
        error instanceof KilnError &&
        error.failure.code === 'KeyNotUsable' &&
        /keys\/absent cannot sign: it does not exist/.test(error.message),
    );
    await assert.rejects(
      keyVaultSigner(vault(), 'https://evil.example/keys/x').sign(Buffer.from('x')),
      /not the id/,
    );
  });
});
