// docs/findings-tests.md names every finding of November 2026 that is to have a test, and tests that are there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
const numbered = (prefix: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`);
const named = (report: string, ...rows: readonly (string | number)[]): string[] =>
  rows.map((row) => `${report} ${row}`);

const ROWS = [
  ...numbered('bug ', 1, 13),
  ...['R38', 'R40', 'R46', ...numbered('R', 50, 57)],
  ...numbered('P', 1, 11),
  ...numbered('anchors D', 1, 8),
  ...named('templates', 9, 15, 16),
  ...named('newuser', 'A1'),
  ...numbered('recordings ', 1, 5),
  ...numbered('L', 0, 25),
  ...numbered('realhost ', 1, 9),
  ...numbered('faults D', 1, 7),
  ...named('clients', 'D1', 'D2', 'D3', 'D4', 'D7', 'D8', 'D9', ...numbered('D', 11, 17)),
  ...named('house', 'H1', 'H2', 'H4'),
];
const SEEN = ['wire', 'overlay', 'port', 'read', 'not seen', 'not mended'];

type Row = { readonly name: string; readonly cells: readonly string[] };

function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
    .map(([name = '', ...cells]) => ({ name, cells }))
    .filter(({ name }) => name !== 'row');
}

test('every finding has a row, with tests that are there and how the older build was seen', () => {
  const rows = rowsOf(readFileSync(path.join(ROOT, 'docs/findings-tests.md'), 'utf8'));
  assert.deepEqual(
    rows.map(({ name }) => name),
    ROWS,
  );
  for (const { name, cells } of rows) {
    const [, tests = '', , seen = ''] = cells;
    assert.equal(cells.length, 4, name);
    const files = [...tests.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => file);
    assert.ok(files.length > 0, name);
    for (const file of files) assert.ok(existsSync(path.join(ROOT, 'test', file)), `${name}: ${file}`);
    assert.ok(
      SEEN.some((way) => seen.startsWith(way)),
      `${name}: ${seen}`,
    );
  }
});

test('what was seen at the wire is in the test that speaks HTTP alone', () => {
  const file = readFileSync(path.join(ROOT, 'test/e2e/reported.test.ts'), 'utf8');
  assert.doesNotMatch(file, /from '\.\.\/\.\.\//, 'it knows no module of Kiln');
  const page = readFileSync(path.join(ROOT, 'docs/findings-tests.md'), 'utf8');
  const rows = rowsOf(page).filter(({ cells }) => cells[3]?.includes('wire'));
  assert.ok(rows.length > 10);
  for (const { name, cells } of rows) assert.ok(cells[1]?.includes('`e2e/reported.test.ts`'), name);
});
