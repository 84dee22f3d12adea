import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { ownSourcesOnly } from '../../packaging/source-map.ts';
import { programsOf } from '../../local/main/services.ts';
import { measureColdStart } from '../bench/cold-start.ts';
import { ROOT } from '../support/local-kiln.ts';

const APP = path.join(ROOT, 'dist/app');
const read = (file: string): string => readFileSync(path.join(APP, file), 'utf8');

test('the package is one bundled file with its map behind a two-line entry and the web page, and asks nobody to install anything', () => {
  assert.deepEqual(
    readdirSync(APP)
      .filter((file) => file !== 'local.settings.json')
      .toSorted(),
    [
      '.funcignore',
      'THIRD-PARTY-NOTICES.txt',
      'functions.js',
      'functions.js.map',
      'host.json',
      'index.js',
      'package.json',
      'ui',
    ],
  );
  const manifest = JSON.parse(read('package.json'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.main, 'index.js');
  assert.doesNotMatch(read('.funcignore'), /node_modules/, 'azd would build such a package remotely');
});

test('it is smaller than 5 MB, notices included, its map than 0.8 MB, and the web page beside it than 0.3 MB', (t) => {
  const bytesOf = (files: string[]) =>
    files.reduce((sum, file) => sum + statSync(path.join(APP, file)).size, 0);
  const all = readdirSync(APP, { recursive: true, encoding: 'utf8' });
  const page = bytesOf(all.filter((file) => file.startsWith('ui')));
  const map = bytesOf(['functions.js.map']);
  const bytes = bytesOf(all) - page - map;
  t.diagnostic(
    `${bytes} bytes in all, ${statSync(path.join(APP, 'functions.js')).size} of them functions.js`,
  );
  assert.ok(bytes < 5_000_000);
  assert.ok(map < 800_000, `${map} bytes of the map`);
  assert.ok(page < 300_000, `${page} bytes of the page`);
});

test('it holds production dependencies only, and the licence of each', () => {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const sections = read('THIRD-PARTY-NOTICES.txt').split(`${'='.repeat(80)}\n`);
  const packages = sections.filter((_, index) => index % 2 === 1).map((name) => name.trim());
  assert.ok(packages.includes('durable-functions') && packages.includes('@azure/functions'));
  for (const name of packages) {
    assert.ok(lock[`node_modules/${name}`], `${name} is not in the lock file`);
    assert.notEqual(lock[`node_modules/${name}`].dev, true, `${name} is for development only`);
  }
  for (const text of sections.filter((_, index) => index > 0 && index % 2 === 0))
    assert.match(text, /licen[cs]e|copyright/i);
});

test('local mode runs it, and stays out of it', () => {
  assert.equal(programsOf(ROOT).app, APP);
  const { sources } = JSON.parse(read('functions.js.map'));
  const own = sources.map((source: string) => source.replaceAll('../', ''));
  assert.ok(own.includes('functions/settings.ts'));
  assert.deepEqual(
    // Of infra/ the roles alone: the doctor says which of them has what was denied.
    own.filter((source: string) => !/^(?:functions|shared|infra\/roles)\//.test(source)),
    [],
  );
});

test('the map leads from the bundle to file and line of ours', () => {
  const map = new SourceMap(JSON.parse(read('functions.js.map')));
  const lines = read('functions.js').split('\n');
  const column = (text: string): [number, number] => {
    const row = lines.findIndex((candidate) => candidate.includes(text));
    return [row, (lines[row] ?? '').indexOf(text)];
  };
  const entry = map.findEntry(...column("Kiln's settings are not complete"));
  assert.ok('originalSource' in entry);
  assert.match(entry.originalSource, /functions\/settings\.ts$/);
  const source = readFileSync(path.join(ROOT, 'functions/settings.ts'), 'utf8').split('\n');
  assert.match(source[entry.originalLine] ?? '', /settings are not complete/);
});

test('all functions are indexed at a cold start', (t) => {
  const { medianMs, allMs, functions } = measureColdStart(APP, 3);
  t.diagnostic(`${functions} functions indexed, median of 3: ${medianMs} ms (${allMs.join(', ')})`);
  // The budget of one second is held by `npm run bench:cold`: here other tests run beside it.
  assert.ok(functions > 50);
});

test('a map keeps the positions of our files and forgets those of packages', () => {
  const before = {
    version: 3,
    sources: ['../node_modules/x/a.js', '../shared/b.ts'],
    names: ['n'],
    // Column 0 in the package, 8 in ours at line 4 column 2, 20 in the package again; then ours at line 5.
    mappings: 'AAAA,QCIEA,YDJFA;ACKA',
  };
  const after = JSON.parse(ownSourcesOnly(JSON.stringify(before)));
  assert.deepEqual(after.sources, ['../shared/b.ts']);
  const [old, now] = [new SourceMap(before as any), new SourceMap(after)];
  for (const [line, column] of [
    [0, 8],
    [0, 12],
    [1, 0],
    [1, 9],
  ] as const) {
    const [was, is] = [old.findEntry(line, column), now.findEntry(line, column)];
    assert.ok('originalLine' in was && 'originalLine' in is);
    assert.equal(is.originalSource, '../shared/b.ts');
    assert.deepEqual([is.originalLine, is.originalColumn], [was.originalLine, was.originalColumn]);
  }
  const end = now.findEntry(0, 25);
  assert.equal('originalSource' in end ? end.originalSource : undefined, undefined);
});
