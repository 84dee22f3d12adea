// Figures that noise cannot touch: how many of something a modelled build makes, beside what is kept in test/bench/counted.json.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { ROOT } from './local-kiln.ts';

const FILE = path.join(ROOT, 'test/bench/counted.json');
/** A tenth more is a regression; a tenth less is news that should be kept. */
const [WORSE, BETTER] = [1.1, 0.9];

type Counts = Readonly<Record<string, number>>;
type Kept = Readonly<Record<string, Counts>>;

/** Fails for what is a tenth more than kept. With KILN_WRITE_COUNTS=1 what was counted is kept instead. */
export function assertCounts(t: TestContext, build: string, counted: Counts): void {
  const kept = JSON.parse(readFileSync(FILE, 'utf8')) as Kept;
  t.diagnostic(JSON.stringify(counted));
  if (process.env['KILN_WRITE_COUNTS'] === '1') {
    writeFileSync(FILE, `${JSON.stringify({ ...kept, [build]: counted }, null, 2)}\n`);
    return;
  }
  const known = kept[build] ?? {};
  const worse = worseThan(known, counted);
  assert.deepEqual(worse, [], `${build}; when this is as it should be: KILN_WRITE_COUNTS=1`);
  for (const [what, value] of Object.entries(counted))
    if (value < (known[what] ?? 0) * BETTER)
      t.diagnostic(`${what}: ${value} is better than ${known[what]}: keep it with KILN_WRITE_COUNTS=1`);
}

/** In words: what was not counted before, or is more by a tenth. */
export function worseThan(known: Counts, counted: Counts): string[] {
  return Object.entries(counted).flatMap(([what, value]) => {
    const before = known[what];
    if (before === undefined) return [`${what}: ${value}, and nothing is kept of it`];
    return value > before * WORSE ? [`${what}: ${value} instead of ${before}`] : [];
  });
}
