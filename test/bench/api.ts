// `npm run bench:api -- 200 1000`: what lists of so many templates take, how many of the commonest requests one host answers, and what each
// costs it.
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../shared/parallel.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';
import { figure } from './figures.ts';
import { cpuOf, machine } from './processes.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [200, 1000];
/** Seconds after which a head that nobody changes is not read again for a list. */
const SETTLED = 155;
const [WIDTH, LISTS, RATE_SECONDS] = [32, 30, 5];

const kiln = await LocalKiln.start();
const bodyOf = (name: string) =>
  template([shell('a', 'true')], [managedImage(kiln.endpoints.subscriptionId, name)]);
try {
  console.log(machine());
  for (const [index, size] of sizes.entries()) {
    const before = sizes[index - 1] ?? 0;
    const names = Array.from({ length: size - before }, (_, at) => `api-${before + at}`);
    await inParallel(names, (name) => kiln.submit(name, bodyOf(name)), 8);
    const young = await times(() => kiln.api('GET', kiln.templatePath));
    await sleep(SETTLED * 1000);
    const settled = await times(() => kiln.api('GET', kiln.templatePath));
    console.log(`LIST of ${size}: ${settled} ms (p50); ${young} ms just after they were changed`);
    figure({
      what: `LIST of ${size}, p50`,
      goal: ['<=', size <= 200 ? 50 : 100],
      value: Number(settled),
      unit: 'ms',
    });
  }
  const one = `${kiln.templatePath}/api-0`;
  const same = bodyOf('api-0');
  const gets = await rate('GET of a template', () => kiln.api('GET', one));
  figure({ what: 'GET of a template', goal: ['>=', 1500], value: gets, unit: '/s' });
  const puts = await rate('PUT that changes nothing', () => kiln.api('PUT', one, same));
  figure({ what: 'PUT that changes nothing', goal: ['>=', 1200], value: puts, unit: '/s' });
} finally {
  await kiln.stop();
}

/** The middle of many, in milliseconds. */
async function times(ask: () => Promise<{ status: number }>): Promise<string> {
  const taken: number[] = [];
  for (let round = 0; round < LISTS; round += 1) {
    const at = performance.now();
    const { status } = await ask();
    if (status !== 200) throw new Error(`answered ${status}`);
    taken.push(performance.now() - at);
  }
  return (taken.toSorted((a, b) => a - b)[LISTS / 2] ?? 0).toFixed(0);
}

async function rate(what: string, ask: () => Promise<{ status: number }>): Promise<number> {
  const before = cpuOf(kiln.endpoints.pids.host);
  const end = performance.now() + RATE_SECONDS * 1000;
  let answers = 0;
  const ask1 = async (): Promise<void> => {
    for (; performance.now() < end; answers += 1) {
      const { status } = await ask();
      if (status !== 200) throw new Error(`answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, ask1));
  const cpu = ((cpuOf(kiln.endpoints.pids.host) - before) * 1000) / answers;
  console.log(`${what}: ${cpu.toFixed(1)} ms of the host's CPU, ${WIDTH} clients at once`);
  return answers / RATE_SECONDS;
}
