// What a page says was measured is printed by a command, which the page names: nobody else could say whether it still holds.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../support/local-kiln.ts';
import { PAGES, read } from './blocks.ts';

const FIGURE =
  /\b\d+(?:[.,]\d+)?(?: to \d+(?:[.,]\d+)?)? ?(?:ms|s|min|minutes|seconds|[KMG]i?B|%|×|requests)(?![\w/])/;
/** Words of somebody who has looked at a clock. A limit or a default has none of them: those are the code's, and change with it. */
const MEASURED =
  /\b(measured|took|emulated|load (of )?\d+|(busy|idle|quiet) (machine|cores)|cores,|costs the host)(?!\w)/i;
/** Where it is from: a benchmark, a test or a campaign that prints it; what Azure was recorded to take; a decision, which has its date. */
const SOURCE =
  /`(?:npm run|node) [^`]+`|`test\/[^`]+`|\brecorded\b|PROFILE\.md|\badr\/\d{4}|\(performance\.md\)/;

type Statement = { readonly text: string; readonly above: string };

/** Paragraphs, items and rows, without what is generated and what is code; a row with the paragraph above its table. */
function statements(markdown: string): Statement[] {
  const text = markdown
    .replaceAll(/<!-- ([\w-]+):begin -->[^]*?<!-- \1:end -->/g, '')
    .replaceAll(/^ *```[^]*?^ *```$/gm, '');
  return text.split(/\n\s*\n/).flatMap((part, index, all) => {
    const isTable = part.startsWith('|');
    const above = isTable ? (all[index - 1] ?? '') : '';
    return part.split(isTable ? '\n' : /\n(?=\s*- )/).map((one) => ({ text: one, above }));
  });
}

const withoutSource = (markdown: string): string[] =>
  statements(markdown).flatMap(({ text, above }) => {
    const words = text.replaceAll(/`[^`]*`/g, '');
    return FIGURE.test(words) && MEASURED.test(words) && !SOURCE.test(above + text) ? [text] : [];
  });

/** Decisions and changes are of their day. */
const pages = PAGES.filter((page) => page !== 'CHANGELOG.md' && !page.startsWith('docs/adr/'));

for (const page of pages)
  test(`what ${page} says was measured is printed by a command that it names`, () => {
    assert.deepEqual(withoutSource(read(page)), []);
  });

test('a figure without its command is found, a limit and a figure with it are not', () => {
  const page = [
    'A list took 8 to 80 ms.',
    'Two busy cores: 3.8 MB.',
    '- one is sent again after 10 s\n- it took 10 s on an idle machine',
    '| a | b |\n|---|---|\n| Kiln | took 4 s |',
    'It took 3 s by `npm run bench:cold`.',
    '`npm run bench:scale` printed:',
    '| a | b |\n|---|---|\n| Kiln | took 4 s |',
    'A file may have 20 MiB.',
  ];
  assert.deepEqual(withoutSource(page.join('\n\n')), [
    'A list took 8 to 80 ms.',
    'Two busy cores: 3.8 MB.',
    '- it took 10 s on an idle machine',
    '| Kiln | took 4 s |',
  ]);
});

test('a row of docs/performance.md is as its benchmark wrote it: a benchmark that is there, a machine, its load', () => {
  const [, table = ''] = read('docs/performance.md').split(/<!-- figures:(?:begin|end) -->/);
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| benchmark'));
  assert.ok(rows.length > 10);
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim());
    assert.ok(existsSync(path.join(ROOT, 'test/bench', `${cells[1]}.ts`)), row);
    assert.match(cells[6] ?? '', /^\d{4}-\d\d-\d\d, \d+ cores, .+, load \d+(\.\d+)?$/, row);
  }
});

test('no page has what a merge leaves where two changes met', () => {
  for (const page of PAGES) assert.doesNotMatch(read(page), /^(<{7}|>{7}) /m, page);
});
