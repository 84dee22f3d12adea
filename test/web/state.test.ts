// What of the page needs no browser.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { clean, parseClean } from '../../web/state/clean.ts';
import { lineDiff } from '../../cli/api/line-diff.ts';
import { inLayers } from '../../web/state/layers.ts';
import { pauseOf } from '../../web/state/pace.ts';
import { criticalPath } from '../../web/state/critical.ts';
import { inRows } from '../../web/state/rows.ts';
import type { Span } from '../../web/state/model.ts';
import { ROOT } from '../support/local-kiln.ts';

const FOLDER = path.join(ROOT, 'dist/app/ui');
/** Bytes with gzip that a browser loads which knows nothing. */
const MOST = 60 * 1024;

test('the whole page is at most 60 KB with gzip', (t) => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(html|js|css)$/.test(file),
  );
  const sizes = files.map((file) => gzipSync(readFileSync(path.join(FOLDER, file)), { level: 9 }).length);
  const sum = sizes.reduce((all, size) => all + size, 0);
  t.diagnostic(`${(sum / 1024).toFixed(1)} KB with gzip in ${files.length} files`);
  assert.equal(files.length, 3);
  assert.ok(sum <= MOST, `${sum} bytes`);
});

test('the document names its own files only, and has nothing inline', () => {
  const index = readFileSync(path.join(FOLDER, 'index.html'), 'utf8');
  assert.match(index, /<script type="module" src="\/ui\/assets\/main-\w{8}\.js"><\/script>/);
  assert.doesNotMatch(index, /<style|style=|<script>|\son\w+=/);
  for (const [, address = ''] of index.matchAll(/(?:src|href)="([^"]+)"/g))
    assert.match(address, /^(\/ui\/|data:image\/svg)/);
});

test('no text of the API can turn the text around it, hide in it, or do anything but show', () => {
  assert.equal(clean('a\u202Egnp.exe'), 'a⟨U+202E⟩gnp.exe');
  assert.equal(clean('zero\u200Bwidth\u0000'), 'zero⟨U+200B⟩width⟨U+0000⟩');
  assert.equal(clean('tab\tline\n<b>&é漢🙂'), 'tab\tline\n<b>&é漢🙂');
  assert.deepEqual(parseClean('{"a":["\\u2066x"],"b":{"c":"\\u202d"}}'), {
    a: ['⟨U+2066⟩x'],
    b: { c: '⟨U+202D⟩' },
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      const codes = Array.from(clean(text), (one) => one.codePointAt(0) ?? 0);
      const isUnseen = (code: number) =>
        code < 9 || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
      assert.ok(!codes.some(isUnseen));
      assert.equal(clean(clean(text)), clean(text));
    }),
  );
});

test('names and values are clean however the answer writes them, and all else is as it was', () => {
  const escaped = (json: string): string =>
    json.replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const text = fc.string({
    unit: fc.constantFrom('a', 'é', '🙂', '\u202e', '\u0000', '\b', '\\', '"', '\n'),
  });
  const value = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text), fc.constant(null)), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(value, (answer) => {
      const read = parseClean(JSON.stringify(answer));
      assert.deepEqual(parseClean(escaped(JSON.stringify(answer))), read);
      const isClean = (one: string): boolean => clean(one) === one;
      assert.ok(Object.keys(read as object).every(isClean) && isClean(JSON.stringify(read)));
      if (Object.keys(answer).every(isClean) && isClean(Object.values(answer).flat().join('')))
        assert.deepEqual(read, answer);
    }),
  );
});

test('rows are all spans, each target with its regions below it', () => {
  const span = (phase: string, step?: string) => ({
    ...{ phase, start: 0, state: 'succeeded' as const },
    ...(step === undefined ? {} : { step }),
  });
  const names = (spans: Span[]) => inRows(spans).map(({ phase, step }) => step ?? phase);
  const spans: Span[] = [span('customize'), span('distribute'), span('distribute', 'gone › north')];
  spans.push(span('distribute', 'a › west'), span('distribute', 'ab'), span('distribute', 'a'));
  spans.push(span('distribute', 'a › east'), span('customize', 'one'), span('distribute', 'ab › west'));
  assert.deepEqual(names(spans), [
    ...['customize', 'one', 'distribute', 'ab', 'ab › west', 'a', 'a › west', 'a › east', 'gone › north'],
  ]);
});

test('the critical path has no two bars at the same time, and ends with the last one', () => {
  const bars = fc.array(
    fc.record({ start: fc.integer({ min: 0, max: 1e6 }), length: fc.integer({ min: 1, max: 1e5 }) }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(bars, (rows) => {
      const spans = rows.map(({ start, length }, index): Span => ({
        ...{ phase: 'customize', step: String(index), state: 'succeeded', start, end: start + length },
      }));
      const chosen = [...criticalPath(spans)];
      assert.equal(chosen[0]?.end, Math.max(...spans.map(({ end }) => end ?? 0)));
      for (const [index, span] of chosen.entries())
        if (index > 0) assert.ok((span.end ?? 0) <= (chosen[index - 1]?.start ?? 0));
    }),
  );
});

test('what is made from something stands to its right, and no two boxes are in one place', () => {
  const graph = fc.array(fc.array(fc.nat({ max: 19 }), { maxLength: 3 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(graph, (rows) => {
      // Parents have smaller numbers: no circle.
      const nodes = rows.map((parents, index) => ({
        id: String(index),
        parents: parents.filter((one) => one < index).map(String),
      }));
      const placed = inLayers(nodes);
      const columnOf = (id: string) => placed.find(({ node }) => node.id === id)?.column ?? -1;
      assert.equal(placed.length, nodes.length);
      assert.equal(new Set(placed.map(({ column, row }) => `${column} ${row}`)).size, nodes.length);
      for (const { node, column } of placed)
        for (const parent of node.parents) assert.ok(columnOf(parent) < column);
    }),
  );
  const circle = [
    { id: 'a', parents: ['b'] },
    { id: 'b', parents: ['a'] },
  ];
  assert.equal(inLayers(circle).length, 2, 'a circle has an end too');
});

test('a difference has all lines of both sides in their order, and none twice', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', '{'), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const found = lineDiff(before, after);
      const side = (other: string) => found.filter(({ is }) => is !== other).map(({ text }) => text);
      assert.deepEqual([side('added'), side('removed')], [before, after]);
      if (before.join() === after.join()) assert.ok(found.every(({ is }) => is === 'same'));
    }),
  );
  const [before, after] = [
    ['a', 'b', 'c'],
    ['a', 'x', 'c'],
  ];
  assert.deepEqual(
    lineDiff(before, after).map(({ is }) => is),
    ['same', 'removed', 'added', 'same'],
  );
});

test('a page looks as often as it is asked to, less often where nothing is new, and every five seconds while something goes on', () => {
  const seen = { all: 100, unchanged: 0 };
  assert.equal(pauseOf(2000, seen), 2000);
  assert.equal(pauseOf(2000, { all: 100, unchanged: 4 }), 2000);
  assert.equal(pauseOf(2000, { all: 100, unchanged: 30 }), 5000);
  assert.equal(pauseOf(15_000, { all: 100, unchanged: 30 }), 15_000);
  assert.equal(pauseOf(15_000, { all: 1, unchanged: 0 }), 2000, 'soon after an act');
  assert.equal(pauseOf(Number.NaN, seen), 15_000);
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1e9 }), fc.nat(1000), fc.nat(1000), (asked, all, unchanged) => {
      const pause = pauseOf(asked, { all, unchanged });
      assert.ok(pause >= 1000 && pause <= 15_000, `${pause}`);
      assert.ok(pauseOf(asked, { all, unchanged: unchanged + 1 }) >= pause);
      if (asked <= 5000) assert.ok(pause <= 5000, `${pause}`);
    }),
  );
});
