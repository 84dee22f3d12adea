// What a person sees on a terminal: hints stay, regions can be told apart, what one wants of an id is not cut off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEntry, parseRun } from '../../cli/api/parse.ts';
import type { Run, TimelineEntry } from '../../cli/api/types.ts';
import { renderTree } from '../../cli/follow/render.ts';
import { Screen } from '../../cli/follow/screen.ts';
import { buildTree } from '../../cli/follow/tree.ts';
import { liveView } from '../../cli/follow/views.ts';
import { Output } from '../../cli/output/output.ts';
import { PLAIN } from '../../cli/output/style.ts';
import { entry } from './scripts.ts';

const timeline = (...raw: object[]): TimelineEntry[] => raw.flatMap((item) => parseEntry(item) ?? []);
const ID =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/debian-web/versions/1.0.17';

function runOf(state: string): Run {
  const run = parseRun({ id: 'r', state, startTime: '', endTime: 'x', cleanup: 'done' });
  assert.ok(run);
  return run;
}

/** The terminal after everything that was written: one string for each row. */
function rowsOf(written: string): string[] {
  const rows: string[] = [];
  let row = 0;
  for (const [token, up, text] of written.matchAll(
    new RegExp(
      `${String.fromCharCode(27)}\\[(\\d+)A|${String.fromCharCode(27)}\\[[?\\d]*[A-Za-z]|\\r|\\n|([^\\r\\n${String.fromCharCode(27)}]+)`,
      'g',
    ),
  )) {
    if (up !== undefined) row -= Number(up);
    else if (token === '\n') row += 1;
    else if (text !== undefined) rows[row] = text;
  }
  return rows.map((line) => line ?? '');
}

test('what is said while a live view is up stays above it, and nothing is drawn twice', (t) => {
  let written = '';
  t.mock.method(process.stderr, 'write', (text: string) => {
    written += text;
    return true;
  });
  const out = new Output({});
  const view = liveView(out, false);
  const run = parseRun({ id: 'r', state: 'Running', startTime: '' });
  assert.ok(run);
  const first = timeline(entry(0, 'resolve', 'started'));
  view.update({ run, timeline: first, lines: [] });
  out.say('Ctrl-C: leaving in 3 s');
  view.update({ run, timeline: [...first, ...timeline(entry(1, 'resolve', 'succeeded'))], lines: [] });
  view.close();
  out.say('after the view');
  t.mock.restoreAll();
  const rows = rowsOf(written).map((row) => row.trim());
  assert.equal(rows[0], 'Ctrl-C: leaving in 3 s');
  assert.equal(rows.filter((row) => row.includes('resolve')).length, 1, rows.join('\n'));
  assert.match(rows[1] ?? '', /^✔ resolve/);
  assert.equal(rows.at(-1), 'after the view');
});

test('regions of a gallery can be told apart and stand in line at 40, 80 and 120 columns', () => {
  const regions = ['westeurope', 'northeurope', 'swedencentral'];
  const tree = buildTree(
    timeline(
      entry(0, 'distribute', 'started'),
      ...regions.map((region, index) =>
        entry(1, 'distribute', 'succeeded', {
          step: `debian-web-gallery › ${region}`,
          message: index === 1 ? '1 min 07 s' : '7.1 s',
        }),
      ),
      entry(0, 'distribute', 'started', { step: 'debian-web-gallery' }),
      entry(9, 'distribute', 'succeeded', { step: 'debian-web-gallery', message: ID }),
    ),
  );
  for (const columns of [40, 80, 120]) {
    const lines = renderTree(tree, { now: 0, style: PLAIN, columns, rows: 40 });
    const ofRegions = regions.map((region) => lines.find((line) => line.includes(region)));
    assert.ok(
      ofRegions.every((line) => line !== undefined),
      lines.join('\n'),
    );
    const target = lines.find((line) => /debian-web-gallery +9\.0 s/.test(line)) ?? '';
    const end = target.indexOf('9.0 s') + '9.0 s'.length;
    for (const line of ofRegions) assert.equal(line?.length, end, `${columns}:\n${lines.join('\n')}`);
    if (columns >= 80) assert.match(target, /versions\/1\.0\.17$/);
    for (const line of lines) assert.ok(line.length <= columns, line);
  }
});

test('an approval that was given is not shown as waiting, while the run goes on and after it', () => {
  const gate = entry(2, 'distribute', 'note', {
    step: 'gallery › ring 1',
    message: 'Waits until 2026-12-03T00:00:00Z for an approval.',
  });
  const next = entry(9, 'distribute', 'succeeded', { step: 'gallery › northeurope', message: '7.0 s' });
  const begun = [entry(0, 'distribute', 'started'), gate];
  const shown = (run: Run | undefined, ...entries: object[]): string =>
    renderTree(buildTree(timeline(...entries), run), { now: 0, style: PLAIN, columns: 120, rows: 40 }).join(
      '\n',
    );
  assert.match(shown(undefined, ...begun), /· gallery › ring 1 .*Waits until/);
  assert.match(shown(undefined, ...begun, next), /✔ gallery › ring 1 .*waited for an approval/);
  assert.match(shown(runOf('Succeeded'), ...begun), /✔ gallery › ring 1 .*waited for an approval/);
  assert.match(shown(runOf('Failed'), ...begun), /■ gallery › ring 1 .*waited for an approval/);
});

test('a line that a screen prints above its block is as harmless as the block', () => {
  let written = '';
  const screen = new Screen({ columns: 80, rows: 24, write: (text) => (written += text) });
  screen.print(['a\u001B[2Jb']);
  assert.doesNotMatch(written.replace('\u001B[J', ''), /\[2J/);
});
