// The index of packages in the storage that local mode uses.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { runId } from '../../../shared/model/convert.ts';
import type { ImageNote, IndexedPackage } from '../../../shared/model/documents/package-index.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';

const IMAGES = 500;
const PACKAGES = 700;

let azurite: Azurite;
let store: Store;
before(async () => {
  azurite = await startAzurite();
  store = createBlobStore(await azurite.container());
});
after(() => azurite.stop());

const guid = (number: number) => runId(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);

function note(number: number, openssl: string): ImageNote {
  const packages = Array.from({ length: PACKAGES }, (_, index): IndexedPackage => {
    return ['deb', `package-${index}`, `1.${number % 7}`, `source-${Math.floor(index / 3)}`];
  });
  const ref = { subscriptionId: 's', resourceGroup: 'images', name: `template-${number % 25}` };
  const image = {
    ref,
    runId: guid(number),
    at: timestamp(new Date(number * 60_000)),
    versions: [`1.0.${number}`],
    os: 'debian 12',
  };
  return { schema: 1, image, packages: [...packages, ['deb', 'openssl', openssl]] };
}

test('500 images are asked for a package within 300 ms, by one shard', async (t) => {
  for (let from = 0; from < IMAGES; from += 20) {
    const some = Array.from({ length: 20 }, (_, index) => from + index);
    await Promise.all(
      some.map((number) => store.packageIndex.note(note(number, number === 77 ? '3.0.11' : '3.0.15'))),
    );
  }
  assert.equal(await store.packageIndex.fold(16), IMAGES);
  assert.equal(await store.packageIndex.fold(1), 0, 'all of it is folded');
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    const hits = await store.packageIndex.find('openssl');
    times.push(performance.now() - begun);
    assert.equal(hits.length, IMAGES);
  }
  t.diagnostic(
    `${IMAGES} images of ${PACKAGES} packages: ${times.map((time) => time.toFixed(0)).join(', ')} ms`,
  );
  assert.ok(Math.min(...times) < 300, times.join());
  const old = (await store.packageIndex.find('openssl')).filter(
    ({ packages }) => packages[0]?.[2] === '3.0.11',
  );
  assert.deepEqual(
    old.map(({ image }) => image.versions),
    [['1.0.77']],
  );
});

test('an image that is noted again is known by its new versions, before and after the fold', async () => {
  const again = note(77, '3.0.11');
  await store.packageIndex.note({ ...again, image: { ...again.image, versions: ['1.0.77', '2.0.0'] } });
  for (const least of [100, 1]) {
    await store.packageIndex.fold(least);
    const hits = await store.packageIndex.find('openssl');
    assert.equal(hits.length, IMAGES);
    const versions = hits.find(({ image }) => image.runId === guid(77))?.image.versions;
    assert.deepEqual(versions, ['1.0.77', '2.0.0']);
  }
});

test('images of a template that is gone are not found any more, and a new one of its name is', async () => {
  const gone = { subscriptionId: 'S', resourceGroup: 'Images', name: 'Template-3' };
  await store.packageIndex.forget({ schema: 1, gone, at: timestamp(new Date(IMAGES * 60_000)) });
  const fresh = note(IMAGES + 3, '3.0.16');
  await store.packageIndex.note({
    ...fresh,
    image: { ...fresh.image, at: timestamp(new Date(IMAGES * 70_000)) },
  });
  for (const least of [100, 1]) {
    await store.packageIndex.fold(least);
    const names = (await store.packageIndex.find('OpenSSL')).map(({ image }) => image.ref.name);
    assert.equal(names.length, IMAGES - 20 + 1);
    assert.equal(names.filter((name) => name === 'template-3').length, 1);
  }
});
