// What the app sends for the page, and what it forbids it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { House } from './house.ts';

export function serving(house: House): void {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${house.kiln.endpoints.api}${path}`, {
      headers: { 'accept-encoding': 'identity', ...headers },
      redirect: 'manual',
    });

  test('`/` sends to the page, and every address below it is the page', async () => {
    const home = await get('/');
    assert.deepEqual([home.status, home.headers.get('location')], [302, '/ui/']);
    for (const path of ['/ui', '/ui/', '/ui/queue', '/ui/images/a/b/c/runs/d', '/ui/%3Cscript%3E']) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    }
  });

  test('the page runs own code only, is in no frame, and tells nobody where its reader was', async () => {
    const { headers } = await get('/ui/');
    const policy = headers.get('content-security-policy') ?? '';
    assert.doesNotMatch(policy, /unsafe|\*/);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      assert.ok(policy.split('; ').includes(part), part);
    const authority = new URL(house.kiln.endpoints.tokenUrl).origin;
    assert.ok(policy.split('; ').includes(`connect-src 'self' ${authority}`), policy);
    for (const path of ['/ui/', '/ui/config.json', '/ui/assets/nothing.js']) {
      const answer = await get(path);
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    }
  });

  test('files with their digest in the name are kept for good, the document is asked for again with its ETag', async () => {
    const page = await get('/ui/');
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    const again = await get('/ui/', { 'if-none-match': page.headers.get('etag') ?? '' });
    assert.equal(again.status, 304);
    const [, script = ''] = /src="([^"]+)"/.exec(await page.text()) ?? [];
    const plain = await get(script);
    assert.match(plain.headers.get('cache-control') ?? '', /immutable/);
    assert.match(plain.headers.get('content-type') ?? '', /^text\/javascript/);
    const packed = await get(script, { 'accept-encoding': 'br' });
    assert.equal(packed.headers.get('content-encoding'), 'br');
    assert.notEqual(packed.headers.get('etag'), plain.headers.get('etag'));
    assert.equal(packed.headers.get('vary'), 'accept-encoding');
    assert.equal(await packed.text(), await plain.text());
  });

  test('no path reads another file', async () => {
    for (const path of [
      'functions.js',
      'host.json',
      'package.json',
      '%2e%2e/host.json',
      'assets/../../host.json',
    ])
      for (const way of [
        `/ui/assets/${path}`,
        `/ui/assets/%2e%2e%2f${path}`,
        `/ui/assets/..%5c..%5c${path}`,
      ]) {
        const text = await (await get(way)).text();
        assert.doesNotMatch(text, /extensionBundle|kiln-app|createRequire/, way);
      }
  });

  test('everybody may know how to sign in, and learns nothing else', async () => {
    const answer = await get('/ui/config.json');
    const { version, signIn, ...rest } = (await answer.json()) as any;
    assert.deepEqual(rest, {});
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(Object.keys(signIn).toSorted(), ['authority', 'clientId', 'scope']);
    assert.equal((await get('/ui/config.json', { origin: 'https://evil.example' })).status, 403);
  });
}
