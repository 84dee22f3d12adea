import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isRetryable, KilnError } from '../../../shared/errors/failure.ts';
import { sha256 } from '../../../shared/model/convert.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { pinScripts } from '../../../shared/template/pin-scripts.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { fullBody, REF } from '../../support/sample-templates.ts';

const hash = (text: string) => sha256(createHash('sha256').update(text).digest('hex'));

function shelf() {
  const kept = new Set<string>();
  return {
    kept,
    put: (bytes: Uint8Array) => {
      const name = hash(Buffer.from(bytes).toString());
      kept.add(name);
      return Promise.resolve(name);
    },
    has: (name: string) => Promise.resolve(kept.has(name)),
  };
}

/** A web where every page holds its own URL. */
function web() {
  const fetched: string[] = [];
  return {
    fetched,
    download: (uri: string) => {
      fetched.push(uri);
      if (uri.includes('gone'))
        return Promise.reject(new KilnError({ code: 'DownloadFailed', message: `${uri} answered 404.` }));
      return Promise.resolve({ bytes: Buffer.from(uri), sha256: hash(uri) });
    },
  };
}

function template(customize: unknown[]) {
  const body = fullBody();
  body.properties['customize'] = customize;
  const parsed = parseTemplate(body, NEWEST, REF);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.template;
}

const shell = (scriptUri: string, sha256Checksum = '') => ({ type: 'Shell', scriptUri, sha256Checksum });

test('every script, file and validator gets its checksum, and its bytes are kept', async () => {
  const artifacts = shelf();
  const { download, fetched } = web();
  const pinned = await pinScripts(
    template([
      shell('https://e.com/a', hash('https://e.com/a').toUpperCase()),
      shell('https://e.com/a'),
      { type: 'File', sourceUri: 'https://e.com/f', destination: '/tmp/f' },
      { type: 'Shell', inline: ['x'] },
    ]),
    download,
    artifacts,
  );
  const [first, second, file, inline] = pinned.properties.customize;
  assert.partialDeepStrictEqual(first, { script: { sha256: hash('https://e.com/a') } });
  assert.deepEqual(second?.type === 'Shell' && second.script, first?.type === 'Shell' && first.script);
  assert.partialDeepStrictEqual(file, { sha256: hash('https://e.com/f') });
  assert.partialDeepStrictEqual(inline, { script: { kind: 'inline' } });
  assert.partialDeepStrictEqual(pinned.properties.optimize, {
    workload: { sha256: hash('https://example.com/w.sh') },
  });
  assert.equal(fetched.filter((uri) => uri === 'https://e.com/a').length, 1, 'the same URL is fetched once');
  assert.equal(artifacts.kept.size, 3);
});

test('an uploaded artifact is looked up, not fetched', async () => {
  const artifacts = shelf();
  const { download, fetched } = web();
  const uploaded = await artifacts.put(Buffer.from('x'));
  const uri = `kiln-artifact://sha256/${uploaded}`;
  const pinned = await pinScripts(template([shell(uri)]), download, artifacts);
  assert.partialDeepStrictEqual(pinned.properties.customize[0], { script: { sha256: uploaded } });
  assert.ok(!fetched.includes(uri));
});

test('all failures are told together, each with its pointer', async () => {
  const absent = `kiln-artifact://sha256/${'0'.repeat(64)}`;
  const pinning = pinScripts(
    template([shell('https://e.com/gone'), shell('https://e.com/b', 'f'.repeat(64)), shell(absent)]),
    web().download,
    shelf(),
  );
  await assert.rejects(pinning, (error) => {
    assert.ok(error instanceof KilnError);
    assert.deepEqual(
      error.failure.details?.map(({ code, target }) => [code, target]),
      [
        ['DownloadFailed', '/properties/customize/0/scriptUri'],
        ['ChecksumMismatch', '/properties/customize/1/sha256Checksum'],
        ['ResourceNotFound', '/properties/customize/2/scriptUri'],
      ],
    );
    return true;
  });
});

test('several failures are tried again when one of them may pass, and only then', async () => {
  const failing = (passing: boolean) =>
    pinScripts(
      template([shell('https://e.com/one'), shell('https://e.com/two')]),
      (uri) =>
        Promise.reject(
          new KilnError({ code: 'DownloadFailed', message: uri, passing: passing && uri.endsWith('two') }),
        ),
      shelf(),
    );
  for (const passing of [true, false])
    await assert.rejects(failing(passing), (error) => {
      assert.ok(error instanceof KilnError);
      assert.equal(error.failure.code, 'ValidationFailed');
      return isRetryable(error.failure) === passing;
    });
});

test('a single failure keeps its own code', async () => {
  const pinning = pinScripts(template([shell('https://e.com/b', 'f'.repeat(64))]), web().download, shelf());
  await assert.rejects(pinning, (error) => {
    assert.ok(error instanceof KilnError);
    assert.match(error.message, new RegExp(`${hash('https://e.com/b')}.*${'f'.repeat(64)}`));
    return error.failure.code === 'ChecksumMismatch';
  });
});

test('a store that fails is not a failure of the template', async () => {
  const artifacts = { ...shelf(), put: () => Promise.reject(new Error('disk full')) };
  await assert.rejects(
    pinScripts(template([shell('https://e.com/a')]), web().download, artifacts),
    /disk full/,
  );
});

test('a web page is no script, wherever it came from, and may be a file', async () => {
  const page = Buffer.from('\n<!DOCTYPE html>\n<html lang="en"><body>blob</body></html>');
  const download = (uri: string) => {
    const bytes = /blob|html/.test(uri) ? page : Buffer.from(uri);
    return Promise.resolve({ bytes, sha256: hash(bytes.toString()) });
  };
  const file = { type: 'File', sourceUri: 'https://e.com/index.html', destination: '/srv/index.html' };
  await pinScripts(template([file]), download, shelf());
  const blob = 'https://github.com/o/r/blob/main/setup.sh?token=hush';
  await assert.rejects(pinScripts(template([file, shell(blob)]), download, shelf()), (error) => {
    assert.ok(error instanceof KilnError);
    assert.equal(error.failure.code, 'DownloadFailed');
    assert.equal(error.failure.passing, false, 'the next attempt would get the page again');
    assert.equal(error.failure.target, '/properties/customize/1/scriptUri');
    assert.match(error.message, /blob\/main\/setup\.sh.* web page.*"Raw"/);
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
});
