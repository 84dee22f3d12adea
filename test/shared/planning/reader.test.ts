import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Azure } from '../../../shared/ports/azure.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { createReader } from '../../../shared/planning/reader.ts';
import { readWorld } from '../../../shared/planning/read-world.ts';
import { aBody, aTemplate, DEFINITION, GROUP, IMAGE, SUBSCRIPTION } from './world.ts';

test('however many look-ups there are and however they end, a few run at a time and all of them do', async () => {
  const look = fc.record({ turns: fc.nat(4), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(look, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (looks, width) => {
        const read = createReader(width);
        let [running, most] = [0, 0];
        const results = await Promise.allSettled(
          looks.map(({ turns, fails }, index) =>
            read(async () => {
              running += 1;
              most = Math.max(most, running);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              running -= 1;
              if (fails) throw new Error('no');
              return index;
            }),
          ),
        );
        assert.ok(most <= width, `${most} of ${width}`);
        for (const [index, { fails }] of looks.entries())
          assert.deepEqual(
            results[index]?.status === 'fulfilled' ? results[index].value : 'failed',
            fails ? 'failed' : index,
          );
      },
    ),
  );
});

/** Answers every look-up with nothing, and counts. */
function counting(): { azure: Azure; asked: string[]; most: () => number } {
  const asked: string[] = [];
  let [running, most] = [0, 0];
  const answer =
    (what: string) =>
    async (...ids: string[]) => {
      asked.push(`${what} ${ids.join(' ')}`);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return /^(?:sizes|usages|regions|sources\.(?:marketplaceVersions|marketplaceNames|namesBeside))$/.test(
        what,
      )
        ? []
        : undefined;
    };
  const port = (room: string) =>
    new Proxy(
      {},
      { get: (_, method) => answer(room === 'catalogue' ? String(method) : `${room}.${String(method)}`) },
    );
  const azure = new Proxy({}, { get: (_, room) => port(String(room)) });
  return { azure: azure as unknown as Azure, asked, most: () => most };
}

test('twenty targets are looked at a few at a time, and what they share once', async () => {
  const body = aBody();
  body.properties.distribute = Array.from({ length: 10 }, (_, index) => [
    {
      type: 'SharedImage',
      runOutputName: `g${index}`,
      galleryImageId:
        index % 2 === 0 ? DEFINITION : DEFINITION.toUpperCase().replace('SUBSCRIPTIONS', 'subscriptions'),
    },
    { type: 'ManagedImage', runOutputName: `i${index}`, imageId: `${IMAGE}${index}`, location: 'westeurope' },
  ]).flat();
  const { azure, asked, most } = counting();
  await readWorld(azure, aTemplate(body), { now: new Date(), refusals: [] });
  const count = (what: RegExp) => asked.filter((one) => what.test(one)).length;
  assert.equal(count(/^galleries\.definition /), 1, 'however it is spelt');
  assert.equal(count(/^group /), 1, `the group ${GROUP} is one`);
  assert.equal(count(/^images\.get /), 10);
  assert.equal(new Set(asked.map((one) => one.toLowerCase())).size, asked.length);
  assert.ok(most() <= 4, String(most()));
});

test('no template makes more than fifty reads: twenty targets are all that it may have', async () => {
  const at = (group: number, rest: string) =>
    `/subscriptions/${SUBSCRIPTION}/resourceGroups/g${group}/providers/Microsoft.Compute/${rest}`;
  const twenty = (target: (index: number) => object) =>
    Array.from({ length: 20 }, (_, index) => target(index));
  const exact = twenty((index) => ({
    type: 'SharedImage',
    runOutputName: `g${index}`,
    galleryImageId: at(index, 'galleries/g/images/i'),
    targetRegions: [{ name: 'westeurope' }],
    versioning: { scheme: 'Exact', version: '1.0.0' },
  }));
  const managed = twenty((index) => ({
    type: 'ManagedImage',
    runOutputName: `m${index}`,
    imageId: at(index, 'images/i'),
    location: 'westeurope',
  }));
  for (const distribute of [exact, managed]) {
    const body = aBody();
    body.properties.distribute = distribute;
    const { azure, asked } = counting();
    await readWorld(azure, aTemplate(body), { now: new Date(), refusals: [] });
    assert.ok(asked.length > 40 && asked.length <= 50, `${asked.length}\n${asked.join('\n')}`);
  }
});

test('what may be otherwise in a minute is no answer: the activity is tried again', async () => {
  const busy = new KilnError({ code: 'AzureThrottled', message: 'Later.' });
  const { azure } = counting();
  const throttled = {
    ...azure,
    catalogue: {
      ...azure.catalogue,
      regions: () => Promise.reject(busy),
      group: () => Promise.resolve(true),
    },
    sources: azure.sources,
    galleries: azure.galleries,
    identities: azure.identities,
    images: azure.images,
    groups: azure.groups,
  } as unknown as Azure;
  await assert.rejects(readWorld(throttled, aTemplate(aBody()), { now: new Date(), refusals: [] }), busy);
});
