import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { downloadArtifact, type DownloadLimits } from '../../../shared/net/download.ts';
import { isRetryable, KilnError } from '../../../shared/errors/failure.ts';

const fails = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof KilnError, String(error));
  assert.match(error.message, message);
  return error.failure.code === code;
};

describe('downloading a script', () => {
  let server: Server;
  let origin = '';
  let port = 0;
  const seen: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.headers.host} ${request.url}`);
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
      if (pathname === '/redirect') response.writeHead(302, { location: searchParams.get('to') ?? '' }).end();
      else if (pathname === '/loop') response.writeHead(301, { location: '/loop' }).end();
      else if (pathname === '/silent') response.writeHead(200, { 'content-length': '10' }).write('a');
      else if (pathname === '/stream') {
        for (let part = 0; part < 64; part += 1) response.write(Buffer.alloc(1024));
        response.end();
      } else if (pathname === '/ok') response.end('#!/bin/sh\n');
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    origin = `http://127.0.0.1:${port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const get = (path: string, limits: Partial<DownloadLimits> = {}) =>
    downloadArtifact(`${origin}${path}`, { allow: [origin], ...limits });

  test('gives the bytes and their checksum', async () => {
    const { bytes, sha256 } = await get('/ok');
    assert.equal(Buffer.from(bytes).toString(), '#!/bin/sh\n');
    assert.equal(sha256, createHash('sha256').update('#!/bin/sh\n').digest('hex'));
  });

  test('follows redirects, and checks the target of each', async () => {
    assert.equal((await get('/redirect?to=%2Fok')).bytes.length, 10);
    const inside = encodeURIComponent('https://169.254.169.254/metadata/identity');
    await assert.rejects(
      get(`/redirect?to=${inside}`),
      fails('UrlNotAllowed', /169\.254\.169\.254.*redirected from/),
    );
    await assert.rejects(get('/redirect?to=file%3A%2F%2F%2Fetc%2Fpasswd'), fails('UrlNotAllowed', /file/));
    await assert.rejects(get('/loop'), fails('DownloadFailed', /more than 5 times/));
  });

  test('refuses a name of which any address is private, and does not connect', async () => {
    const before = seen.length;
    for (const addresses of [
      ['127.0.0.1'],
      ['8.8.8.8', '10.0.0.1'],
      ['::ffff:169.254.169.254'],
      ['fd00::1'],
    ]) {
      const resolve = () =>
        Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
      await assert.rejects(
        downloadArtifact('https://rebind.example/a', { allow: [], resolve }),
        fails('UrlNotAllowed', /resolves to/),
      );
    }
    assert.equal(seen.length, before);
  });

  test('connects to the address that was checked, and asks the name server once', async () => {
    let asked = 0;
    const resolve = () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    };
    const named = `http://scripts.example:${port}`;
    const { bytes } = await downloadArtifact(`${named}/ok`, { allow: [named], resolve });
    assert.equal(bytes.length, 10);
    assert.equal(asked, 1);
    assert.ok(seen.includes(`scripts.example:${port} /ok`));
  });

  test('stops at the size limit, announced or not', async () => {
    await assert.rejects(get('/ok', { maxBytes: 9 }), fails('DownloadTooLarge', /larger than/));
    await assert.rejects(get('/stream', { maxBytes: 10_000 }), fails('DownloadTooLarge', /larger than/));
    assert.equal((await get('/stream')).bytes.length, 64 * 1024);
  });

  test('stops when it takes too long', async () => {
    await assert.rejects(get('/silent', { timeoutMs: 100 }), fails('DownloadFailed', /took too long/));
  });

  test('says what the server answered, without the secrets of the URL', async () => {
    await assert.rejects(get('/none?sig=hush'), (error) => {
      assert.ok(error instanceof KilnError);
      assert.doesNotMatch(error.message, /hush/);
      assert.equal(isRetryable(error.failure), false, 'the server has said so');
      return fails('DownloadFailed', /answered 404/)(error);
    });
    await assert.rejects(
      downloadArtifact('https://no.such.host.invalid/a', {
        allow: [],
        resolve: () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })),
      }),
      (error) => error instanceof KilnError && !isRetryable(error.failure),
    );
    await assert.rejects(
      downloadArtifact('http://127.0.0.1:1/a', { allow: ['http://127.0.0.1:1'] }),
      (error) => {
        assert.ok(error instanceof KilnError && isRetryable(error.failure), 'a server may come back');
        return fails('DownloadFailed', /ECONNREFUSED/)(error);
      },
    );
  });
});
