// `npm run test:faults`: one build for each place where a fault can be put, and the table of docs/reliability.md from it.
//   node test/faults/campaign/main.ts [--class NAME[,NAME…]] [--from K] [--to K] [--step N] [--lanes N] [--resume] [--minutes M]
import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CLASSES, type FaultClass } from './classes.ts';
import { type Faulty, startLanes } from './faulty.ts';
import { newestResults, RESULTS, writeReport } from './report.ts';
import { runCase } from './run-case.ts';

/** More requests than a build has: a class ends at the first two that are not met. */
const MOST = 400;

const { values } = parseArgs({
  options: {
    class: { type: 'string' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: String(MOST) },
    step: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '6' },
    resume: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '600' },
  },
});
const wanted = values.class?.split(',');
const classes = CLASSES.filter(({ name }) => wanted === undefined || wanted.includes(name));
if (wanted?.length !== undefined && classes.length !== wanted.length)
  throw new Error(`Known classes: ${CLASSES.map(({ name }) => name).join(' ')}`);
const end = Date.now() + Number(values.minutes) * 60_000;

mkdirSync(RESULTS, { recursive: true });
const done = values.resume ? newestResults() : [];
const file = path.join(RESULTS, `${new Date().toISOString().replaceAll(':', '-')}.jsonl`);
const lanes = await startLanes(Number(values.lanes));
let bad = 0;
try {
  for (const found of classes) await runClass(found);
} finally {
  await lanes[0]?.stop();
}
writeReport();
process.exit(bad === 0 ? 0 : 1);

/** Every lane takes the next place when it is done with one. */
async function runClass(found: FaultClass): Promise<void> {
  const own = done.filter((result) => result.class === found.name && result.wrong.length === 0);
  let next = Number(values.from);
  // A place that is not met is tried again with the next resumption: builds differ by some polls.
  const progress = { missed: 0 };
  const take = (): number | undefined => {
    while (own.some(({ k, met }) => k === next && met !== undefined)) next += Number(values.step);
    if (next > Number(values.to) || progress.missed >= 2 || Date.now() > end) return undefined;
    const k = next;
    next += Number(values.step);
    return k;
  };
  const work = async (lane: Faulty): Promise<void> => {
    for (let k = take(); k !== undefined; k = take()) await runPlace(lane, found, k, progress);
  };
  await Promise.all((found.alone === true ? lanes.slice(0, 1) : lanes).map(work));
}

async function runPlace(
  lane: Faulty,
  found: FaultClass,
  k: number,
  progress: { missed: number },
): Promise<void> {
  const result = await runCase(lane, found, k);
  if (result.met === undefined) progress.missed += 1;
  if (result.wrong.length > 0) bad += 1;
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  const { met = 'not met', state, seconds, wrong } = result;
  console.log(`${found.name} k=${k} ${met} ${state} ${seconds} s ${wrong.join('; ')}`);
}
