import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { health } from '../../functions/http/health.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../support/api.ts';
import { longestTurn, readingTime } from '../support/longest-turn.ts';

const LIMIT = 4 * 1024 * 1024;
const GALLERY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images`;
const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const withProperty = (name: string, value: unknown): string => JSON.stringify(sampleBody({ [name]: value }));

/** Pieces that a body can be made of, as often as they fit. */
const piece = fc.constantFrom(
  ...['"\\', '"', '\\', '[', ']', '{', '}', '{"a":', ',', ':', '1', '"a",', '"a":1,', '[],', '{},', '""'],
  ...[
    ' ',
    '\n',
    '\\u0041',
    'é',
    '\u{1F600}',
    '<a',
    '<a>',
    '/',
    '../',
    '%2f',
    'https://',
    'a.',
    '1,',
    '?',
    'null,',
  ],
);

/** Where in a template a long text may stand. */
const places: readonly ((text: string) => string)[] = [
  (text) => withProperty('customize', [{ type: 'Shell', scriptUri: `https://${text}` }]),
  (text) => withProperty('customize', [{ type: 'Shell', scriptUri: `https://a.com/${text}` }]),
  (text) => withProperty('customize', [{ type: 'Shell', inline: [text] }]),
  (text) => withProperty('customize', [{ type: text }]),
  (text) => withProperty('customize', [{ type: 'File', sourceUri: 'https://a.com/', destination: text }]),
  (text) => withProperty('customize', [{ type: 'Shell', inline: ['a'], timeout: text }]),
  (text) => withProperty('distribute', [{ type: 'SharedImage', runOutputName: 'x', galleryImageId: text }]),
  (text) => withProperty('distribute', [{ type: 'VHD', runOutputName: text }]),
  (text) => withProperty('refresh', { schedule: `1 1 1 1 ${text}` }),
  (text) => withProperty('vmProfile', { vmSize: text }),
  (text) => JSON.stringify({ ...sampleBody(), location: text }),
  (text) => JSON.stringify({ ...sampleBody(), [text]: 1 }),
  (text) => JSON.stringify({ ...sampleBody(), tags: { [text]: text } }),
];
const body = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 3 }), fc.integer({ min: -1, max: places.length - 1 }))
  .map(([pieces, place]) => {
    const unit = pieces.join('');
    const text = unit.repeat(Math.floor(LIMIT / 2 / Buffer.byteLength(JSON.stringify(unit))));
    return places[place]?.(text) ?? unit.repeat(Math.floor(LIMIT / Buffer.byteLength(unit)));
  });

describe('bodies of any content', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
    await burdenOf(
      withProperty(
        'customize',
        times(5000, () => ({ type: 'Shell' })),
      ),
    );
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  const put = (text: string, apiVersion = '2026-11-01') =>
    api.send('PUT', `${TEMPLATES}/big`, { body: Buffer.from(text), apiVersion });
  /**
   * How often a turn may take what is allowed: 50 ms, or on a slow core what reading such a body takes at all, twice. The least of
   * a few, without the collector that happened to run in it; later and later, as what disturbs is often another test's seconds.
   */
  async function burdenOf(text: string, apiVersion?: string): Promise<number> {
    let least = Infinity;
    for (let attempt = 0; attempt < 8 && least >= 1; attempt += 1) {
      if (attempt > 2) await sleep(250 * 2 ** (attempt - 3));
      const turn = await longestTurn(() => put(text, apiVersion));
      least = Math.min(least, turn < 50 ? turn / 50 : turn / Math.max(50, 2 * readingTime()));
    }
    return least;
  }

  test('a body of quotes and backslashes is refused as fast as it is read, however long', async () => {
    for (const text of ['"\\'.repeat(20_000), '"\\'.repeat(LIMIT / 2), '"'.repeat(LIMIT)]) {
      const burden = await burdenOf(text);
      assert.ok(burden < 1, `${burden} of what is allowed`);
      assert.equal((await put(text)).body.error.code, 'InvalidJson');
    }
  });

  test('a body with 200 000 fields is refused with a short answer', async () => {
    const text = `{${times(200_000, (index) => `"field${index}":1`).join()}}`;
    assert.ok((await burdenOf(text)) < 1);
    const { body } = await put(text);
    assert.match(body.error.message, /more than 50000 values/);
  });

  test('an error lists 50 problems and counts the others', async () => {
    for (const apiVersion of ['2026-11-01', '2024-02-01']) {
      const fields = Object.fromEntries(times(20_000, (index) => [`${'f'.repeat(60)}${index}`, 1]));
      const text = JSON.stringify(sampleBody(fields));
      assert.ok((await burdenOf(text, apiVersion)) < 1);
      const { error } = (await put(text, apiVersion)).body;
      assert.equal(error.details?.length, 50);
      assert.match(
        error.message,
        /^Validation failed with 2000\d problems\. .*The first 50 of 2000\d are listed\.$/s,
      );
    }
  });

  test('a value of 4 MiB is not in the answer that refuses it', async () => {
    const { body } = await put(withProperty('stagingResourceGroup', '/'.repeat(LIMIT - 2000)));
    assert.equal(body.error.details?.[0]?.code, 'InvalidResourceId');
    assert.ok(JSON.stringify(body).length < 5000);
  });

  test('steps, targets and validators have a limit that the refusal names', async () => {
    const step = { type: 'Shell', inline: ['true'] };
    const target = (index: number) => ({
      type: 'SharedImage',
      runOutputName: `r${index}`,
      galleryImageId: `${GALLERY}/i${index}`,
    });
    for (const [name, value, words] of [
      ['customize', times(10_000, () => step), /customize: .* at most 200 items/s],
      ['validate', { inVMValidations: times(201, () => step) }, /inVMValidations: .* at most 200 items/s],
      ['distribute', times(3000, target), /distribute: .* at most 20 items/s],
    ] as const) {
      const { status, body } = await put(withProperty(name, value));
      assert.deepEqual([status, body.error.code], [400, 'ValidationFailed']);
      assert.match(body.error.message, words);
    }
    const most = { customize: times(200, () => step), distribute: times(20, target) };
    assert.equal((await put(JSON.stringify(sampleBody(most)))).status, 201);
  });

  test('the three requests that once stopped the service cost less than 200 ms of work each', async () => {
    const fields = `{${times(200_000, (index) => `"field${index}":1`).join()}}`;
    const target = (index: number) => ({
      ...{ type: 'SharedImage', runOutputName: `r${index}`, galleryImageId: `${GALLERY}/i${index}` },
    });
    const targets = withProperty('distribute', times(3000, target));
    for (const text of ['"\\'.repeat(20_000), targets, fields]) {
      const spent: number[] = [];
      // Of the processor, not of the clock: other tests run beside this one. The first time compiles.
      for (let turn = 0; turn < 4; turn++) {
        const before = process.cpuUsage();
        assert.equal((await put(text)).status, 400);
        const { user, system } = process.cpuUsage(before);
        spent.push((user + system) / 1000);
      }
      assert.ok(Math.min(...spent) < 200, `${spent.join(', ')} ms`);
    }
  });

  test('/health is answered while the three requests that once stopped the service run', async () => {
    const fields = `{${times(200_000, (index) => `"field${index}":1`).join()}}`;
    const target = (index: number) => ({
      ...{ type: 'SharedImage', runOutputName: `r${index}`, galleryImageId: `${GALLERY}/i${index}` },
    });
    const targets = withProperty('distribute', times(3000, target));
    for (const text of ['"\\'.repeat(20_000), targets, fields]) {
      let [answers, isOver] = [0, false];
      const ask = async (): Promise<void> => {
        while (!isOver) {
          const { status } = await health(() => ({ auth: { missing: [] } }) as never);
          if (status === 200) answers += 1;
          await new Promise((resolve) => void setImmediate(resolve));
        }
      };
      const asking = ask();
      const burden = await burdenOf(text);
      isOver = true;
      await asking;
      // One while the body is looked at, at least: a quick machine is done after two turns.
      assert.ok(answers > 0, `${answers} answers`);
      assert.ok(burden < 1, `${burden} of what is allowed`);
    }
  });

  test('no body of 4 MiB holds the event loop for 50 ms', async () => {
    const versions = fc.constantFrom('2026-11-01', '2025-10-01', '2018-02-01-preview');
    await fc.assert(
      fc.asyncProperty(body, versions, async (text, apiVersion) => {
        const burden = await burdenOf(text, apiVersion);
        assert.ok(burden < 1, `${burden} of what is allowed for ${text.slice(0, 200)}`);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
