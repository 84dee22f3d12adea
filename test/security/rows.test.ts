import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROWS } from './rows.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

test('every row of the security report has a test that is there', () => {
  const rows = ['C1', ...numbered('H', 8), ...numbered('M', 12), ...numbered('L', 7)];
  assert.deepEqual(Object.keys(ROWS), rows);
  for (const [row, tests] of Object.entries(ROWS)) {
    assert.ok(tests.length > 0, row);
    for (const [file, name] of tests)
      assert.ok(
        readFileSync(path.join(ROOT, 'test', file), 'utf8').includes(name),
        `${row}: ${file}: ${name}`,
      );
  }
});

test('the page about the rows names for each of them tests that stand for it', () => {
  const page = readFileSync(path.join(ROOT, 'docs/security-tests.md'), 'utf8');
  const told = new Map(
    [...page.matchAll(/^\| ([CHML]\d+) \|(.*)$/gm)].map(([, row = '', rest = '']) => [row, rest]),
  );
  assert.deepEqual([...told.keys()], Object.keys(ROWS));
  for (const [row, rest] of told) {
    const files = [...rest.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file]) => file);
    const known = new Set(ROWS[row]?.map(([file]) => file));
    assert.ok(files.length > 0, row);
    for (const file of files) assert.ok(file !== undefined && known.has(file), `${row}: ${file}`);
  }
});

test('there are the documents that a security review asks for', () => {
  for (const [file, words] of [
    ['SECURITY.md', /report/i],
    ['docs/threat-model.md', /What each secret opens/],
    ['docs/access.md', /Sender/],
  ] as const) {
    assert.ok(existsSync(path.join(ROOT, file)), file);
    assert.match(readFileSync(path.join(ROOT, file), 'utf8'), words, file);
  }
});
