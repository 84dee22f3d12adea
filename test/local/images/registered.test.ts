import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegisteredImages } from '../../../local/images/registered.ts';

const GOOD = {
  urn: 'Contoso:golden:web',
  version: '1.2.3',
  generation: 'V2',
  osType: 'Linux',
  file: 'disks/web.vhd',
};

const parse = (...images: unknown[]) =>
  parseRegisteredImages(JSON.stringify({ images }), '/etc/kiln/images.json');

test('a registered image has an absolute file and a format from its extension', () => {
  assert.deepEqual(parse(GOOD), [
    {
      publisher: 'Contoso',
      offer: 'golden',
      sku: 'web',
      version: '1.2.3',
      generation: 'V2',
      osType: 'Linux',
      file: '/etc/kiln/disks/web.vhd',
      format: 'vpc',
    },
  ]);
});

test('every problem of every image is named with its place and value', () => {
  const bad = { ...GOOD, urn: 'Contoso:golden', version: 'latest', colour: 'red', sha256: 'abc' };
  assert.throws(
    () => parse(GOOD, bad),
    (error: Error) => {
      assert.match(error.message, /images\[1\]\.urn must be "Publisher:offer:sku"; it is "Contoso:golden"/);
      assert.match(error.message, /images\[1\]\.version must be three numbers.*"latest"/);
      assert.match(error.message, /images\[1\]\.colour is not known/);
      assert.match(error.message, /images\[1\]\.sha256/);
      return true;
    },
  );
});

test('a file without a telling extension needs a format', () => {
  assert.throws(() => parse({ ...GOOD, file: '/srv/web.disk' }), /format is needed/);
  assert.equal(parse({ ...GOOD, file: '/srv/web.disk', format: 'raw' })[0]?.format, 'raw');
});

test('the same version twice is refused, whatever the case', () => {
  assert.throws(() => parse(GOOD, { ...GOOD, urn: 'contoso:Golden:web' }), /registered twice/);
});

test('a file that is not JSON, or no list, is refused with its name', () => {
  assert.throws(() => parseRegisteredImages('{', '/x.json'), /^Error: \/x\.json is not JSON/);
  assert.throws(() => parseRegisteredImages('[]', '/x.json'), /\/x\.json needs a list/);
});
