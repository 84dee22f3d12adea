// How far a base image is, against what mmdebstrap 1.3 and apt said while one was made (seconds since the start, then the line).
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { MakingFile, readMaking } from '../../../local/images/making-file.ts';
import { beginMaking, enter, heard, type Making, progressOf } from '../../../local/images/making.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-making-'));
after(() => rmSync(folder, { recursive: true }));

const CAPTURED = readFileSync(path.join(import.meta.dirname, 'mmdebstrap-verbose.txt'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const space = line.indexOf(' ');
    return { at: Number(line.slice(0, space)) * 1000, line: line.slice(space + 1) };
  });

/** The whole of it on a machine whose clock runs `times` as slow. */
function story(times = 1): { at: number; making: Making }[] {
  let making = beginMaking(0);
  return CAPTURED.map(({ at, line }) => {
    making = heard(making, line, at * times);
    return { at: at * times, making };
  });
}

/** Of the captured run, with what came after mmdebstrap. */
const WHOLE_SECONDS = 70;

test('the stages come in the order in which they are worked off, each with its words', () => {
  const seen = new Set(story().map(({ at, making }) => progressOf(making, at).what));
  assert.deepEqual(
    [...seen],
    [
      'reading the lists of packages',
      'downloading packages',
      'unpacking the first packages',
      'installing the first packages',
      'installing packages',
      'packing the file system',
    ],
  );
});

test('every megabyte that apt announces is counted once', () => {
  const { making, at } = story().at(-1)!;
  const { megabytes, ofMegabytes } = progressOf(making, at);
  // 9.4 MB of lists, then 29.7 and 59.1 MB of packages, as apt sums them up itself.
  assert.ok(Math.abs(megabytes - 98.2) < 0.5, String(megabytes));
  assert.ok(Math.abs(ofMegabytes - megabytes) < 0.5);
});

for (const times of [1, 16])
  test(`from the first package on, the time that is left is within a half of what it then takes (${times} times as slow)`, () => {
    for (const { at, making } of story(times)) {
      // How fast this machine works is known once a stage of work is over.
      if (['lists', 'first packages', 'extract'].includes(making.stage)) continue;
      const { secondsLeft = Number.NaN } = progressOf(making, at);
      const truth = WHOLE_SECONDS * times - at / 1000;
      assert.ok(
        Math.abs(secondsLeft - truth) <= truth / 2 + 3 * times,
        `${at / 1000} s: ${secondsLeft} of ${truth}`,
      );
    }
  });

test('before anything has arrived no time is promised', () => {
  const making = heard(beginMaking(0), 'I: running apt-get update...', 900);
  assert.equal(progressOf(making, 5000).secondsLeft, undefined);
  assert.equal(progressOf(making, 5000).seconds, 5);
});

test('while a stage is silent and late, the time that is left grows instead of standing at nothing', () => {
  const { making } = story().find((moment) => moment.making.stage === 'extract')!;
  const left = [20, 60, 240].map((seconds) => progressOf(making, seconds * 1000).secondsLeft ?? 0);
  assert.ok(left[0]! < left[1]! && left[1]! < left[2]!, left.join(' '));
});

test('whatever is heard, no number is negative, nothing is undone and a stage that is over does not come back', () => {
  const lines = fc.constantFrom(
    ...CAPTURED.map(({ line }) => line),
    'Get:1 x [',
    'Need to get 1 XB of archives',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(lines, fc.nat(60_000)), { maxLength: 60 }), (said) => {
      let now = 0;
      let making = beginMaking(0);
      for (const [line, later] of said) {
        now += later;
        const before = making;
        making = heard(making, line, now);
        const progress = progressOf(making, now);
        assert.ok(making.arrived >= before.arrived && progress.megabytes <= progress.ofMegabytes);
        assert.ok((progress.secondsLeft ?? 0) >= 0 && Number.isFinite(progress.secondsLeft ?? 0));
      }
      assert.equal(enter(enter(making, 'disk', now), 'lists', now).stage, 'disk');
    }),
  );
});

test('another process reads how far the image is, until it is made', () => {
  const cache = { folder, now: () => new Date(0) };
  const file = new MakingFile(cache);
  assert.deepEqual(readMaking(cache), {
    what: 'reading the lists of packages',
    megabytes: 0,
    ofMegabytes: progressOf(beginMaking(0), 0).ofMegabytes,
    seconds: 0,
  });
  file.remove();
  assert.equal(readMaking(cache), undefined);
  assert.equal(existsSync(path.join(folder, 'making.json')), false);
});
