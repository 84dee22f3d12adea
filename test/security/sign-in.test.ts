// Who gets a token at a browser: the person whose data folder it is, once for each key, on the page of this local mode alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { textAt } from '../../local/azure/json.ts';
import { cloudFixture, type CloudFixture, type RunningCloud } from '../local/azure/support.ts';

const PAGE = 'http://127.0.0.1:7071';
const REDIRECT = `${PAGE}/ui/`;
const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const AT_PAGE = { origin: PAGE, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' };

/** `fetch` does not let a caller say how a browser came to ask. */
function rawStatus(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { headers }, (response) => resolve(response.resume().statusCode));
    asked.on('error', reject);
  });
}

describe('signing in at the local cloud', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start({ data: 'one', appUrl: PAGE });
  });
  after(() => fixture[Symbol.asyncDispose]());

  const oauth = (path: string): string => `${cloud.url}/adfs/oauth2/${path}`;
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(oauth(path), { method: 'POST', body: new URLSearchParams(form), headers });
  const visit = (path: string, headers: Record<string, string> = {}) =>
    fetch(oauth(path), { headers, redirect: 'manual' });

  async function key(): Promise<string> {
    const answer = await post('one-time-key', { client_secret: textAt(cloud.ready, 'clientSecret') ?? '' });
    return textAt(JSON.parse(await answer.text()), 'key') ?? '';
  }

  async function session(): Promise<string> {
    const entered = await visit(`enter?key=${await key()}`);
    return entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  const authorize = (more: Record<string, string>, cookie = '') => {
    const query = new URLSearchParams({
      ...{ client_id: 'page', redirect_uri: REDIRECT, response_type: 'code', state: 's' },
      ...{ scope: `${PAGE}/.default`, code_challenge: CHALLENGE, code_challenge_method: 'S256' },
      ...more,
    });
    return visit(`authorize?${query.toString()}`, { cookie });
  };

  async function code(): Promise<string> {
    const location = (await authorize({}, await session())).headers.get('location') ?? '';
    return new URL(location).searchParams.get('code') ?? '';
  }

  const redeem = async (more: Record<string, string>) => {
    const form = {
      grant_type: 'authorization_code',
      client_id: 'page',
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER,
    };
    return post('token', { ...form, ...more }, AT_PAGE);
  };

  test('a key is for who can read the folder, is good once, and its cookie is for no script and no other site', async () => {
    assert.equal((await post('one-time-key', { client_secret: 'guess' })).status, 401);
    const given = await key();
    const first = await visit(`enter?key=${given}&to=/ui/queue`);
    assert.equal(first.headers.get('location'), `${PAGE}/ui/queue`);
    assert.match(first.headers.get('set-cookie') ?? '', /HttpOnly; SameSite=Strict/);
    const second = await visit(`enter?key=${given}`);
    assert.equal(second.headers.get('set-cookie'), null);
    assert.equal((await visit('enter?key=guess')).headers.get('set-cookie'), null);
  });

  test('nobody is sent anywhere but to the page', async () => {
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/ui/\\evil.example',
      '/uix',
      '/subscriptions',
    ])
      assert.equal((await visit(`enter?to=${encodeURIComponent(to)}`)).headers.get('location'), REDIRECT, to);
    const cookie = await session();
    for (const redirect of [
      'https://evil.example/ui/',
      'http://127.0.0.1:7072/ui/',
      'javascript:alert(1)',
      '',
    ]) {
      const { status, headers } = await authorize({ redirect_uri: redirect }, cookie);
      assert.deepEqual([status, headers.get('location')], [400, null], redirect);
    }
  });

  test('without a session there is no code, and a code without PKCE is not given', async () => {
    const errorOf = async (answer: Promise<Response>) =>
      new URL((await answer).headers.get('location') ?? '').searchParams.get('error');
    assert.equal(await errorOf(authorize({})), 'login_required');
    assert.equal(await errorOf(authorize({}, 'kiln-session=guess')), 'login_required');
    const cookie = await session();
    assert.equal(await errorOf(authorize({ code_challenge_method: 'plain' }, cookie)), 'invalid_request');
    assert.equal(await errorOf(authorize({ code_challenge: '' }, cookie)), 'invalid_request');
  });

  test('a code is good once, for who began, and its token is a person for this API alone', async () => {
    assert.equal((await redeem({ code: await code(), code_verifier: 'x'.repeat(43) })).status, 400);
    assert.equal((await redeem({ code: await code(), redirect_uri: `${PAGE}/ui/x` })).status, 400);
    const good = await code();
    const answer = await redeem({ code: good });
    assert.equal(answer.headers.get('access-control-allow-origin'), PAGE);
    const body = JSON.parse(await answer.text());
    const { aud, idtyp, scp } = decodeJwt(body.access_token);
    assert.deepEqual([aud, idtyp, scp], [PAGE, 'user', 'user_impersonation']);
    assert.equal((await redeem({ code: good })).status, 400, 'a second time');
    const renewal = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const renewed = await redeem(renewal);
    assert.equal(renewed.status, 200);
    assert.equal(decodeJwt(JSON.parse(await renewed.text()).access_token).aud, PAGE);
    assert.equal((await redeem(renewal)).status, 400, 'a refresh token is new each time');
  });

  test('the page may ask for tokens and for nothing else, and no other origin for anything', async () => {
    const groups = `${cloud.url}/subscriptions/${cloud.subscriptionId}/resourcegroups?api-version=2024-07-01`;
    assert.equal((await fetch(groups, { headers: AT_PAGE })).status, 403);
    assert.equal(
      (await fetch(`${cloud.url}/adfs/.well-known/openid-configuration`, { headers: AT_PAGE })).status,
      200,
    );
    for (const origin of ['https://evil.example', 'http://127.0.0.1:7072', 'null']) {
      const { status, headers } = await post('token', {}, { ...AT_PAGE, origin });
      assert.deepEqual([status, headers.get('access-control-allow-origin')], [403, null], origin);
    }
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    assert.equal(await rawStatus(oauth('authorize'), link), 400, 'a link from anywhere is followed');
    assert.equal(await rawStatus(oauth('authorize'), { ...link, 'sec-fetch-dest': 'iframe' }), 403);
    assert.equal(await rawStatus(oauth('authorize'), { ...link, host: 'rebind.evil.example' }), 403);
  });
});
