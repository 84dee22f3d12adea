// `npm run check`: every gate that needs no machine. They run side by side, because each one is a separate
// native tool; the output of each is printed whole when it ends, so that two failures do not interleave.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const GATES = [
  ['format', 'oxfmt', ['--check', '.']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['types', 'tsc', ['--noEmit', '--incremental', '-p', 'tsconfig.json']],
  ['dead code', 'knip', ['--no-progress']],
];

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
    if (code !== 0) console.log(text.trimEnd());
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    return code === 0;
  });
}

const results = await Promise.all(GATES.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;
