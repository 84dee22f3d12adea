// `npm run check`: every gate that needs no machine. They run side by side, because each one is a separate
// native tool; the output of each is printed whole when it ends, so that two failures do not interleave.
// `--gates` leaves out the unit tests, for `npm test`, which runs all tests anyway.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** Rules without a machine, a cloud or a file, and whether the generated files are what they are generated from. */
const UNIT_TESTS = [
  'test/shared/{distribution,model,planning,steps,template}/**/*.test.ts',
  'test/orchestrators/**/*.test.ts',
  'test/docs/{generated,registrations}.test.ts',
];

const GATES = [
  ['format', 'oxfmt', ['--check', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', ['--noEmit', '--incremental', '-p', 'tsconfig.json']],
  ['types of the page', 'tsc', ['-p', 'web/tsconfig.json']],
  ['dead code', 'knip', ['--no-progress']],
  ['imports', 'node', ['lint/imports.ts']],
];
// One process for all of them: most of their time would be the start of a process each.
if (!process.argv.includes('--gates'))
  GATES.push(['unit tests', 'node', ['--test', '--test-isolation=none', ...globSync(UNIT_TESTS)]]);

function run([name, command, args]) {
  const started = performance.now();
  return new Promise((resolve) => {
    const output = [];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.on('error', (error) => resolve({ code: 1, text: String(error) }));
    child.on('close', (code) => resolve({ code, text: Buffer.concat(output).toString() }));
  }).then(({ code, text }) => {
    // The scan of imports says its counts when all is well, too.
    if (code !== 0 || name === 'imports') console.log(text.trimEnd());
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    return code === 0;
  });
}

const results = await Promise.all(GATES.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;
