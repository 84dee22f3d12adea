// `npm run mutate [part of a path…]`: changes one thing after the other in pure files and looks whether a test goes red.
// All mutants are in the files at once and are switched on one at a time, so that one process has the tests loaded once.
// Not part of CI. `--survivors` lists what no test noticed.
import { globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { collected } from './collect.ts';
import { type Mutant, mutantsOf, switched } from './mutants.ts';

const SOURCES = [
  'shared/model/documents/{head,run}.ts',
  'shared/model/{pace,version-number}.ts',
  'shared/{distribution,planning}/*.ts',
];
const TESTS = ['test/shared/{model,distribution,planning}/*.test.ts'];
/** A loop that a mutant keeps from its end asks for a mutant in each round. */
const MOST_LOOKS = 3_000_000;
/** Of what has nothing to load or to wait for. */
const PATIENCE_MS = 20_000;

const listed = process.argv.includes('--survivors');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
type Known = Mutant & { readonly file: string; readonly line: number; readonly was: string };
const all: Known[] = [];
let active = -1;
let looks = 0;
let reached = new Set<number>();

Object.assign(globalThis, {
  $mutant(index: number): boolean {
    looks += 1;
    if (looks > MOST_LOOKS) throw new Error('This does not end.');
    if (active === -1) reached.add(index);
    return index === active;
  },
});
// Of what a mutant left under way, which has been judged already.
process.on('unhandledRejection', () => undefined);
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:test'
      ? next(new URL('collect.ts', import.meta.url).href, context)
      : next(specifier, context),
  load(url, context, next) {
    const file = sources.get(url);
    return file === undefined
      ? next(url, context)
      : { format: 'module-typescript', source: withMutants(file), shortCircuit: true };
  },
});

const sources = new Map(
  globSync(SOURCES)
    .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
    .map((file) => [pathToFileURL(path.resolve(file)).href, file]),
);

function withMutants(file: string): string {
  const source = readFileSync(file, 'utf8');
  const mutants = mutantsOf(file, source);
  const first = all.length;
  for (const mutant of mutants) {
    const line = source.slice(0, mutant.start).split('\n').length;
    all.push({ ...mutant, file, line, was: source.slice(mutant.start, mutant.end) });
  }
  return switched(source, mutants, first);
}

/** True when a test goes red. */
async function isRed(run: () => unknown): Promise<boolean> {
  looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, true)));
  const ends = new Promise((resolve) => resolve(run())).then(
    () => false,
    () => true,
  );
  return Promise.race([ends, late]).finally(() => clearTimeout(timer));
}

for (const file of globSync(TESTS).sort()) await import(pathToFileURL(path.resolve(file)).href);
fc.configureGlobal({ seed: 16 });
const tests: { run: () => unknown; reaches: Set<number> }[] = [];
for (const { name, run } of collected) {
  reached = new Set();
  if (await isRed(run)) console.log(`Red without a mutant, and left out: ${name}`);
  else if (reached.size > 0) tests.push({ run, reaches: reached });
}

async function isKilled(index: number): Promise<boolean> {
  active = index;
  for (const { run, reaches } of tests) if (reaches.has(index) && (await isRed(run))) return true;
  return false;
}

const scores = new Map([...sources.values()].map((file) => [file, { killed: 0, of: 0, unreached: 0 }]));
for (const [index, { file, line, was, becomes }] of all.entries()) {
  const score = scores.get(file) ?? { killed: 0, of: 0, unreached: 0 };
  score.of += 1;
  if (await isKilled(index)) score.killed += 1;
  else {
    const isReached = tests.some(({ reaches }) => reaches.has(index));
    if (!isReached) score.unreached += 1;
    if (listed) console.log(`${file}:${line} ${isReached ? '' : '(no test) '}${was}  →  ${becomes}`);
  }
}
const row = (name: string, { killed, of, unreached }: { killed: number; of: number; unreached: number }) =>
  console.log(
    `${((100 * killed) / of).toFixed(0).padStart(4)} % of ${of}, ${unreached} without a test  ${name}`,
  );
const scored = [...scores].filter(([, { of }]) => of > 0);
for (const [file, score] of scored.sort()) row(file, score);
const sum = (key: 'killed' | 'of' | 'unreached') =>
  scored.reduce((total, [, score]) => total + score[key], 0);
row('all', { killed: sum('killed'), of: sum('of'), unreached: sum('unreached') });
// What a mutant has left waiting keeps nobody.
process.exit(0);
