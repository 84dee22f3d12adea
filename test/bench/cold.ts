// `npm run bench:cold`: from the start of a process until all functions of the deployed package are indexed, and its size.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';
import { figure } from './figures.ts';
import { measureColdStart } from './cold-start.ts';

const BUDGET = { ms: 1000, bytes: 5_000_000 };

const app = path.join(ROOT, 'dist/app');
const { medianMs, allMs, functions } = measureColdStart(app, 10);
const { size } = statSync(path.join(app, 'functions.js'));
console.log(`${functions} functions indexed, median of 10 starts: ${medianMs} ms (budget ${BUDGET.ms} ms)`);
console.log(`each: ${allMs.join(', ')} ms, on ${availableParallelism()} cores`);
console.log(`bundle: ${size} bytes (budget ${BUDGET.bytes})`);
if (process.argv.includes('--compare')) {
  const unbundled = measureColdStart(ROOT, 10);
  console.log(`the same app as single files with node_modules: median ${unbundled.medianMs} ms`);
}
const good = [
  figure({ what: 'cold start, median of 10', goal: ['<=', BUDGET.ms], value: medianMs, unit: 'ms' }),
  figure({
    what: 'size of the deployed app',
    goal: ['<=', BUDGET.bytes / 1e6],
    value: size / 1e6,
    unit: 'MB',
  }),
];
process.exitCode = good.includes(false) ? 1 : 0;
