// `npm run bench:local`: a Kiln build beside Packer's, same base disk, same steps, one after the other on this machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalKiln } from '../support/local-kiln.ts';
import { figure } from './figures.ts';
import { build, submit, untilWarm } from './kiln.ts';
import { watchMemory } from './memory.ts';
import { buildWithPacker, type Measured, packerIsThere, preparePackerBase } from './packer.ts';

/** Share of Packer's wall time that a Kiln build may take. */
const BUDGET = { 'without a restart': 0.3, 'with a guest restart': 0.5 };

const kiln = await LocalKiln.start({ machines: 'auto' });
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-bench-'));
try {
  const { kind, description } = kiln.endpoints.machines;
  console.log(`machines: ${description}`);
  if (kind === 'qemu') await compare();
  else console.log('skipped: there are no real machines here, and simulated ones prove nothing about speed');
} finally {
  await kiln.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  await submit(kiln, 'plain', false);
  await submit(kiln, 'restarted', true);
  const memory = watchMemory(kiln.endpoints.pids);
  show('Kiln, first build (cold start)', await build(kiln, 'plain'));
  await untilWarm(kiln).catch(() => console.log('no new warm start was made; an earlier one is used'));
  const ours = {
    'without a restart': await build(kiln, 'plain'),
    'with a guest restart': await build(kiln, 'restarted'),
  };
  for (const [name, measured] of Object.entries(ours)) show(`Kiln, ${name} (warm start)`, measured);
  console.log(memory());
  if (!packerIsThere()) {
    console.log('Packer: skipped, it is not installed (apt-get install packer)');
    return;
  }
  await preparePackerBase(folder);
  const theirs = {
    'without a restart': await buildWithPacker(folder, false),
    'with a guest restart': await buildWithPacker(folder, true),
  };
  for (const [name, measured] of Object.entries(theirs)) show(`Packer, ${name}`, measured);
  for (const name of ['without a restart', 'with a guest restart'] as const) {
    const ratio = ours[name].seconds / theirs[name].seconds;
    const verdict = ratio <= BUDGET[name] ? 'within' : 'OVER';
    console.log(`${name}: ${ratio.toFixed(2)} of Packer's time, ${verdict} the budget of ${BUDGET[name]}`);
    figure({
      what: `a local build ${name}, of Packer's`,
      goal: ['<=', BUDGET[name]],
      value: ratio,
      unit: '×',
    });
  }
}

function show(what: string, { seconds, phases }: Measured): void {
  const parts = Object.entries(phases).map(([name, time]) => `${name} ${time}`);
  console.log(`${what}: ${seconds} s (${parts.join(', ')})`);
}
