// `npm run test:faults`: one build for each place where a fault can be put, and the table of docs/reliability.md from it.
//   node test/faults/campaign/main.ts [--class NAME[,NAME…]] [--from K] [--to K] [--step N] [--minutes M]
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CLASSES, type FaultClass } from './classes.ts';
import { startFaulty } from './faulty.ts';
import { RESULTS, writeReport } from './report.ts';
import { runCase } from './run-case.ts';

/** More requests than a build has: a class ends at the first two that are not met. */
const MOST = 400;

const { values } = parseArgs({
  options: {
    class: { type: 'string' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: String(MOST) },
    step: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '600' },
  },
});
const wanted = values.class?.split(',');
const classes = CLASSES.filter(({ name }) => wanted === undefined || wanted.includes(name));
if (wanted?.length !== undefined && classes.length !== wanted.length)
  throw new Error(`Known classes: ${CLASSES.map(({ name }) => name).join(' ')}`);
const end = Date.now() + Number(values.minutes) * 60_000;

mkdirSync(RESULTS, { recursive: true });
const file = path.join(RESULTS, `${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
const faulty = await startFaulty();
let bad = 0;
try {
  for (const found of classes) await runClass(found);
} finally {
  await faulty.stop();
}
writeReport();
process.exit(bad === 0 ? 0 : 1);

async function runClass(found: FaultClass): Promise<void> {
  const step = Number(values.step);
  let missed = 0;
  for (let k = Number(values.from); k <= Number(values.to) && missed < 2 && Date.now() < end; k += step) {
    const result = await runCase(faulty, found, k);
    missed = result.met === undefined ? missed + 1 : 0;
    if (result.wrong.length > 0) bad += 1;
    appendFileSync(file, `${JSON.stringify(result)}\n`);
    const { met = 'not met', state, seconds, wrong } = result;
    console.log(`${found.name} k=${k} ${met} ${state} ${seconds} s ${wrong.join('; ')}`);
  }
}
