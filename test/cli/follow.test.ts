import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PHASES, type TimelineEntry } from '../../cli/api/types.ts';
import { belongsTo } from '../../cli/follow/log-follower.ts';
import { renderTree } from '../../cli/follow/render.ts';
import { Screen } from '../../cli/follow/screen.ts';
import { usableIn } from '../../cli/follow/usable.ts';
import { buildTree, elapsed, firstFailure } from '../../cli/follow/tree.ts';
import { formatBytes, formatDuration } from '../../cli/output/duration.ts';
import { harmless, PLAIN } from '../../cli/output/style.ts';
import { parseEntry, parseRun } from '../../cli/api/parse.ts';
import { entry } from './scripts.ts';

const T0 = Date.parse('2026-11-23T09:00:00.000Z');
const timeline = (...raw: object[]): TimelineEntry[] => raw.flatMap((item) => parseEntry(item) ?? []);

const story = timeline(
  entry(0, 'resolve', 'started'),
  entry(0.4, 'resolve', 'succeeded', { message: 'Debian 12.20261123.0' }),
  entry(1, 'provision', 'started'),
  entry(21, 'provision', 'succeeded'),
  entry(21, 'customize', 'started'),
  entry(21, 'customize', 'started', { step: 'update', log: '01-update' }),
  entry(30, 'customize', 'succeeded', { step: 'update' }),
  entry(30, 'customize', 'started', { step: 'install', log: '02-install' }),
);
const options = { now: T0 + 95_000, style: PLAIN, columns: 80, rows: 40 };

test('the tree shows every phase, the steps below it, how long they took, and what runs', () => {
  const tails = new Map([['install', ['Unpacking nginx', 'Setting up nginx']]]);
  assert.equal(
    renderTree(buildTree(story), { ...options, tails }).join('\n'),
    `  ✔ resolve                               0.4 s  Debian 12.20261123.0
  · stage
  ✔ provision                            20.0 s
  ⠋ customize                        1 min 14 s
      ✔ update                            9.0 s
      ⠋ install                      1 min 05 s
        │ Unpacking nginx
        │ Setting up nginx
  · generalize
  · capture
  · validate
  · distribute
  · clean up`,
  );
});

test('outputs can be used when each is somewhere: a version in a region, an image as a whole, a boot counts for nothing', () => {
  const begun = [
    entry(0, 'distribute', 'started'),
    entry(0, 'distribute', 'started', { step: 'web' }),
    entry(0, 'distribute', 'started', { step: 'vhd' }),
  ];
  const vhd = entry(5, 'distribute', 'succeeded', { step: 'vhd' });
  const boot = entry(6, 'distribute', 'succeeded', { step: 'web › westeurope › boot' });
  const region = entry(9, 'distribute', 'succeeded', { step: 'web › westeurope' });
  assert.equal(usableIn(timeline()), undefined);
  assert.equal(usableIn(timeline(...begun, vhd, boot)), undefined);
  assert.deepEqual(usableIn(timeline(...begun, vhd, region)), ['web in westeurope', 'vhd']);
});

test('a run that is over leaves nothing running', () => {
  const run = parseRun({ id: 'r', state: 'Canceled', startTime: '', endTime: 'x', cleanup: 'done' });
  const lines = renderTree(buildTree(story, run), options);
  assert.match(lines[3] ?? '', /■ customize/);
  assert.match(lines[5] ?? '', /■ install/);
});

test('failed steps are shown with their message, and found', () => {
  const failed = timeline(
    entry(0, 'distribute', 'started'),
    entry(1, 'distribute', 'started', { step: 'gallery northeurope' }),
    entry(5, 'distribute', 'failed', { step: 'gallery northeurope', message: 'RegionFailed\nno capacity' }),
  );
  const tree = buildTree(failed);
  assert.deepEqual(firstFailure(tree)?.node.name, 'gallery northeurope');
  assert.ok(
    renderTree(tree, options).includes(
      '      ✖ gallery northeurope               4.0 s  RegionFailed no capacity',
    ),
  );
});

test('on a small screen finished phases fold first and no line is wider than the screen', () => {
  const many = timeline(
    entry(0, 'customize', 'started'),
    ...Array.from({ length: 30 }, (_, index) =>
      entry(1, 'customize', 'succeeded', { step: `step ${index}` }),
    ),
    entry(2, 'customize', 'succeeded'),
    entry(3, 'validate', 'started', { message: 'x'.repeat(300) }),
  );
  const lines = renderTree(buildTree(many), { ...options, rows: 12, columns: 40 });
  assert.equal(lines.length, 9);
  for (const line of lines) assert.ok(line.length <= 40, line);
});

test('lines fit whatever the width, and entries that come twice change nothing', () => {
  const words = fc.string({ maxLength: 60, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          id: fc.uuid(),
          phase: fc.constantFrom(...PHASES),
          event: fc.constantFrom('started', 'succeeded', 'failed', 'skipped', 'note'),
          step: fc.option(words, { nil: undefined }),
          message: fc.option(words, { nil: undefined }),
          seconds: fc.nat(5000),
        }),
        { maxLength: 20 },
      ),
      fc.integer({ min: 40, max: 200 }),
      (raw, columns) => {
        const entries = timeline(
          ...raw.map(({ seconds, phase, event, ...more }) => entry(seconds, phase, event, more)),
        );
        const lines = renderTree(buildTree(entries), { ...options, columns, rows: 100 });
        for (const line of lines) assert.ok(line.length <= columns, `${line.length} > ${columns}: ${line}`);
        assert.deepEqual(buildTree([...entries, ...entries]), buildTree(entries));
      },
    ),
  );
});

test('redrawing moves up over the block and never clears before it writes', () => {
  const written: string[] = [];
  const screen = new Screen({ columns: 80, rows: 24, write: (text) => written.push(text) });
  screen.draw(['a', 'b']);
  screen.draw(['a', 'b']);
  screen.draw(['a', 'c', 'd']);
  screen.print(['log']);
  screen.close();
  const clean = written.map((text) => text.replaceAll('\u001B[', '^').replaceAll(/\^\?(2026|25)[hl]/g, ''));
  assert.deepEqual(clean, ['a^K\nb^K\n^J', '^2A\ra^K\nc^K\nd^K\n^J', '^3A\rlog^K\na^K\nc^K\nd^K\n^J', '']);
});

test('durations and sizes read well at the edges', () => {
  const durations = [-5, 0, 400, 59_949, 59_951, 125_000, 3_599_600, 3_720_000].map(formatDuration);
  assert.deepEqual(durations, [
    '0.0 s',
    '0.0 s',
    '0.4 s',
    '59.9 s',
    '1 min 00 s',
    '2 min 05 s',
    '1 h 00 min',
    '1 h 02 min',
  ]);
  assert.deepEqual([0, 512, 1024, 2 ** 31].map(formatBytes), ['0 B', '512 B', '1.0 KiB', '2.0 GiB']);
});

test('a duration is never negative and running nodes go by the clock', () => {
  const node = { name: 'x', state: 'running', startedAt: 1000 } as const;
  assert.equal(elapsed(node, 500), 0);
  assert.equal(elapsed(node, 3500), 2500);
  assert.equal(elapsed({ name: 'x', state: 'pending' }, 1), undefined);
});

test('a step owns its log and both streams of it, not those of a step with a longer name', () => {
  assert.ok(belongsTo('01-install', 'logs/01-install.log'));
  assert.ok(belongsTo('logs/01-install.stderr', '01-install'));
  assert.ok(!belongsTo('01-install-more.stdout', '01-install'));
});

test('escape sequences of a build log do not reach the terminal', () => {
  assert.equal(harmless('\u001B[31mred\u001B[0m\u001B]0;title\u0007\u0008 tab\there'), 'red tab\there');
});

test('the installation of an ISO is shown where there is one, and only there', () => {
  const names = (phases: readonly string[]) =>
    buildTree(
      phases.map(
        (phase) => ({ id: phase, at: '2026-11-25T10:00:00Z', phase, event: 'started' }) as TimelineEntry,
      ),
    ).map(({ name }) => name);
  assert.ok(names(['resolve', 'install']).includes('install'));
  assert.ok(!names(['resolve']).includes('install'));
});
