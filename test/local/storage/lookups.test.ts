import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import '../../../local/storage/quick-lookups.convert.ts';

type Blob = { accountName: string; containerName: string; name: string; snapshot: string };
type Collection = {
  insert(blob: Blob): void;
  find(query: object): Blob[];
  findOne(query: object): Blob | null;
};
type Loki = new (name: string) => { addCollection(name: string, options: object): Collection };

const Loki = createRequire(createRequire(import.meta.url).resolve('azurite/package.json'))('lokijs') as Loki;

/** As LokiBlobMetadataStore of Azurite makes it. */
function collectionOf(blobs: readonly Blob[]): Collection {
  const indices = ['accountName', 'containerName', 'name', 'snapshot'];
  const collection = new Loki('blobs').addCollection('blobs', { indices });
  for (const blob of blobs) collection.insert(blob);
  return collection;
}

const blobOf = (containerName: string, name: string, snapshot = ''): Blob => ({
  accountName: 'a',
  containerName,
  name,
  snapshot,
});

test('one blob among thousands is found without a look at the others', () => {
  let looks = 0;
  const counting = (name: string): Blob => ({
    ...blobOf('c', name),
    get accountName() {
      looks++;
      return 'a';
    },
  });
  const blobs = Array.from({ length: 2000 }, (_, index) => counting(`templates/t${index}/template.json`));
  const collection = collectionOf(blobs);
  looks = 0;
  const name = 'templates/t1234/template.json';
  const query = { accountName: 'a', containerName: 'c', name, snapshot: '' };
  assert.equal(collection.findOne(query)?.name, name);
  const listed = { name: { $regex: '^templates/t12/' }, accountName: 'a', containerName: 'c' };
  assert.equal(collection.find(listed).length, 1);
  assert.ok(looks < 20, `looked at ${looks} blobs`);
});

test('whatever the names are, the same blobs are found as by walking over all of them', () => {
  // Names that look like numbers are sorted as numbers; the others as text.
  const name = fc.stringMatching(/^[a-c0-2./-]{1,6}$/);
  const container = fc.constantFrom('c', 'd');
  const blobs = fc.array(fc.tuple(container, name), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(blobs, container, name, (made, containerName, text) => {
      const collection = collectionOf(made.map((blob) => blobOf(...blob)));
      const ours = made.filter(([of]) => of === containerName).map(([, blob]) => blob);
      const found = (wanted: unknown): string[] =>
        collection
          .find({ name: wanted, accountName: 'a', containerName })
          .map((blob) => blob.name)
          .toSorted();
      assert.deepEqual(found(text), ours.filter((blob) => blob === text).toSorted());
      const expression = `^${text.replaceAll(/[-[\]{}()*+?.,\\^$|#\s]/g, String.raw`\$&`)}`;
      assert.deepEqual(
        found({ $regex: expression }),
        ours.filter((blob) => blob.startsWith(text)).toSorted(),
      );
    }),
  );
});
