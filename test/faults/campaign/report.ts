import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../support/local-kiln.ts';
import { CLASSES } from './classes.ts';
import type { CaseResult } from './run-case.ts';

export const RESULTS = path.join(ROOT, 'dist/faults');
const PAGE = path.join(ROOT, 'docs/reliability.md');

/** The newest result of each case that has any. */
export function newestResults(): CaseResult[] {
  const newest = new Map<string, CaseResult>();
  for (const file of globSync(`${RESULTS}/*.jsonl`).toSorted())
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const result = JSON.parse(line) as CaseResult;
      newest.set(`${result.class} ${result.k}`, result);
    }
  return [...newest.values()];
}

/** Writes the figures of every result that is there into the page. */
export function writeReport(): void {
  const text = readFileSync(PAGE, 'utf8');
  const [head = ''] = text.split('<!-- figures:begin -->');
  const tail = text.split('<!-- figures:end -->')[1] ?? '';
  const rows = tableOf(newestResults());
  writeFileSync(PAGE, `${head}<!-- figures:begin -->\n\n${rows}\n\n<!-- figures:end -->${tail}`);
}

export function tableOf(results: readonly CaseResult[]): string {
  const rows = CLASSES.map(({ name, what }) => {
    const own = results.filter((result) => result.class === name);
    const met = own.filter((result) => result.met !== undefined);
    const wrong = met.filter((result) => result.wrong.length > 0);
    if (met.length === 0) return `| ${name} | ${what} | not run | |`;
    const notes = wrong.map(
      ({ k, met: at, wrong: why }) => `k=${k} (${at}): ${why.join('; ').slice(0, 160)}`,
    );
    return `| ${name} | ${what} | ${met.length - wrong.length}/${met.length}${isWhole(own) ? ', every place' : ''} | ${notes.join('<br>').replaceAll('|', '/')} |`;
  });
  return ['| fault | what | right | wrong |', '|---|---|---|---|', ...rows].join('\n');
}

/** Every place was tried, up to some that a build does not have; builds differ by some polls, so that these may lie between others. */
function isWhole(own: readonly CaseResult[]): boolean {
  const tried = own.map(({ k }) => k);
  return own.some(({ met }) => met === undefined) && Math.max(...tried) === tried.length;
}
