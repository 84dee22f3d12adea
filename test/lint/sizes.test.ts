import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { test } from 'node:test';
import { GUESTS, GUESTS_OF_CI, OF_ALL, OF_CI } from '../sizes.ts';

const files = globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/'));
const later = { ...OF_CI, ...OF_ALL };

test('every file that a list of te../sizes.ts names is there, and in one list only', () => {
  for (const file of Object.keys(later)) {
    assert.ok(existsSync(file), file);
    assert.ok(!(file in OF_CI && file in OF_ALL), file);
    assert.ok(!GUESTS.some((start) => file.startsWith(start)), file);
  }
  for (const start of [...GUESTS, ...GUESTS_OF_CI])
    assert.ok(
      files.some((file) => file.startsWith(start)),
      start,
    );
  for (const start of GUESTS_OF_CI) assert.ok(GUESTS.some((guest) => start.startsWith(guest)));
});

test('what is left for later has something beside it that npm test runs', () => {
  for (const [file, beside] of Object.entries(later)) {
    assert.ok(existsSync(beside), `${beside}, which stands for ${file}`);
    assert.ok(!(beside in later), `${beside} is left for later itself, and stands for ${file}`);
  }
});
