// `npm run bench:scale -- 1000 20 100`: so many builds at once, each to so many regions, with so many cores in the region.
import { statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { inParallel } from '../../shared/parallel.ts';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { StorageRequests } from '../support/storage-requests.ts';
import { shell, template } from '../support/templates.ts';
import { figure } from './figures.ts';
import { machine } from './processes.ts';
import { HostWatch } from './watch-host.ts';

const [count = 50, regions = 20, cores = 100] = process.argv.slice(2).map(Number);
const WIDTH = 8;

const storage = new StorageRequests();
const kiln = await LocalKiln.start({
  env: { ...storage.env, KILN_MAX_BUILDS: '0', KILN_MAX_BUILDS_PER_SUBSCRIPTION: '0' },
  profile: { coreQuota: cores },
});
const { subscriptionId } = kiln.endpoints;
const host = new HostWatch(kiln);
const names = Array.from({ length: count }, (_, index) => `scale-${index}`);
try {
  await inParallel(names, prepare, WIDTH);
  await sleep(3000);
  host.look();
  const before = { cpu: host.cpu, asked: ofKiln().length, at: performance.now() };
  await inParallel(names, (name) => kiln.api('POST', `${kiln.templatePath}/${name}/run`), WIDTH);
  await untilAllEnded();
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = (host.cpu - before.cpu) / count;
  const lines = ofKiln().slice(before.asked);
  const asked = lines.length / count;
  const runs = await inParallel(names, newestRun, WIDTH);
  const good = runs.filter(isWhole).length;
  const name = `${count} builds × ${regions} regions, ${cores} vCPUs`;
  console.log(`${name}: ${machine()}`);
  console.log(`${good} of ${count} succeeded with every region, in ${seconds.toFixed(0)} s`);
  console.log(`a build: ${cpu.toFixed(2)} s of the host's CPU, ${asked.toFixed(0)} storage requests`);
  for (const [kind, times] of kinds(lines)) console.log(`  ${(times / count).toFixed(1)} ${kind}`);
  console.log(
    `host: at most ${host.most.toFixed(0)} MB in memory; history ${history().toFixed(0)} MB; ${host.deaths} deaths`,
  );
  for (const [message, times] of failures(runs)) console.log(`${times} ×: ${message}`);
  const told = [
    figure({ what: `${name}: succeeded with every region`, goal: ['>=', count], value: good, unit: '' }),
    figure({ what: `${name}: CPU of the host a build`, goal: ['<=', 0.8], value: cpu, unit: 's' }),
    figure({ what: `${name}: storage requests a build`, goal: ['<=', 100], value: asked, unit: '' }),
  ];
  if (told.includes(false)) process.exitCode = 1;
} finally {
  await kiln.stop();
  storage.remove();
}

async function prepare(name: string): Promise<void> {
  await makeDefinition(kiln, name);
  const to = DEFAULT_PROFILE.locations.slice(0, regions);
  const body = template([shell('a', 'true')], [sharedImage(subscriptionId, name, { regions: to })]);
  // The time of a build is over when a machine of two cores makes a thousand of them.
  body.properties.buildTimeoutInMinutes = 600;
  await kiln.submit(name, body);
}

/** Without the requests of the machines, which have addresses of their own. */
function ofKiln(): string[] {
  return storage.about('/kiln').filter((line) => !/[?&]sig=/.test(line));
}

/** Looks at the engine's own books, so that nothing is asked of what is measured; tells each tenth. */
async function untilAllEnded(): Promise<void> {
  for (let told = 0, done = 0; done < count;) {
    await sleep(1000);
    const memory = host.look();
    done = ended();
    if (done < ((told + 1) * count) / 10) continue;
    told = Math.floor((done * 10) / count);
    console.log(`${done} ended: host ${host.cpu.toFixed(0)} s, ${memory.toFixed(0)} MB`);
  }
}

/** Requests by verb and kind of blob, the commonest first. */
function kinds(lines: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const kind = kindOf(line);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].filter(([, times]) => times * 2 >= count).toSorted(([, a], [, b]) => b - a);
}

/** Without what names one template, run or moment. */
function kindOf(line: string): string {
  const [verb = '', address = ''] = line.split(' ');
  const { pathname, searchParams } = new URL(address, 'http://storage');
  const name = pathname
    .replace(/^.*?\/kiln\/?/, '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '#')
    .replaceAll(/scale-\d+/g, '*')
    .replaceAll(/\d{4}[-\dTZ]*/g, '#');
  const prefix = searchParams.get('prefix')?.split('/')[0] ?? '';
  return [verb, name, searchParams.get('comp') ?? '', prefix].filter(Boolean).join(' ');
}

function ended(): number {
  const database = new DatabaseSync(databasePath(), { readOnly: true });
  const query = "SELECT count(*) AS n FROM instance WHERE name = 'build-image' AND status = 'Completed'";
  const row = database.prepare(query).get();
  database.close();
  return Number(row?.['n']);
}

function databasePath(): string {
  return path.join(kiln.folder, 'host', 'durable.db');
}

function history(): number {
  return statSync(databasePath()).size / 1e6;
}

async function newestRun(name: string): Promise<any> {
  return (await kiln.api('GET', `${kiln.templatePath}/${name}/runs`)).body.value[0];
}

function isWhole(run: any): boolean {
  const reached = run.outputs[0]?.regions?.filter(({ state }: any) => state === 'Completed') ?? [];
  return run.state === 'Succeeded' && reached.length === regions;
}

function failures(runs: readonly any[]): Map<string, number> {
  const told = new Map<string, number>();
  for (const { state, message } of runs.filter((run) => !isWhole(run)))
    told.set(`${state}: ${message}`, (told.get(`${state}: ${message}`) ?? 0) + 1);
  return told;
}
