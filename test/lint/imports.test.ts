import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ADAPTERS, circles, FLOORS, scan } from '../../lint/imports.ts';

const FILES = ['a', 'b', 'c', 'd', 'e', 'f'];
const made: string[] = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** A tree of files with the given text. */
function plant(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'imports-'));
  made.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

test('the project has no arrow upwards, no circle of files and no two rooms that import each other', () => {
  const { problems, line } = scan(path.resolve(import.meta.dirname, '../..'));
  assert.deepEqual(problems, []);
  assert.match(line, /^\d{4,} imports: 0 upward arrows, 0 circles, 0 mutual pairs$/);
});

const planted: readonly [string, Record<string, string>, RegExp][] = [
  [
    'a word that imports a use case',
    { 'shared/model/run.ts': "import type { C } from '../commands/context.ts';" },
    /model does not stand above commands.*shared\/model/,
  ],
  [
    'a store that imports a rule',
    { 'shared/store/keys.ts': "import { x } from '../distribution/pace.ts';" },
    /store does not stand above distribution/,
  ],
  [
    'a use case that imports an adapter',
    { 'shared/commands/run.ts': "import type { B } from '../store/blob-store.ts';" },
    /imports an adapter.*shared\/ports/,
  ],
  [
    'a room without a floor',
    { 'shared/novelty/a.ts': "import { x } from '../model/ids.ts';" },
    /novelty stands on no floor/,
  ],
  [
    'a circle of types',
    {
      'local/azure/a.ts': "import type { B } from './b.ts';",
      'local/azure/b.ts': "export type { A } from './a.ts';",
    },
    /2 files import each other in a circle: local\/azure\/a\.ts, local\/azure\/b\.ts/,
  ],
  [
    'two rooms that import each other',
    {
      'cli/one/a.ts': "import { b } from '../two/b.ts';",
      'cli/two/c.ts': "const d = await import('../one/d.ts');",
    },
    /one and two import each other/,
  ],
];

for (const [what, files, message] of planted) {
  test(`${what} is found, and the message says where the code belongs`, () => {
    const { problems } = scan(plant(files));
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', message);
  });
}

test('every adapter stands on a floor, and no room on two', () => {
  const rooms = FLOORS.flat();
  assert.equal(new Set(rooms).size, rooms.length);
  assert.deepEqual(
    ADAPTERS.filter((room) => !rooms.includes(room)),
    [],
  );
});

test('files are in a circle exactly when each is reached from the other', () => {
  const arrow = fc.record({ from: fc.constantFrom(...FILES), to: fc.constantFrom(...FILES) });
  fc.assert(
    fc.property(fc.array(arrow, { maxLength: 14 }), (arrows) => {
      const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
        arrows.some(
          (one) =>
            one.from === from &&
            (one.to === to || (!seen.has(one.to) && reaches(one.to, to, seen.add(one.to)))),
        );
      const expected = FILES.filter((file) =>
        FILES.some((other) => other !== file && reaches(file, other) && reaches(other, file)),
      );
      const found = circles(arrows).flatMap((text: string) => text.split(': ')[1]?.split(', ') ?? []);
      assert.deepEqual(found.toSorted(), expected);
    }),
  );
});
