// `npm run bench:azure`: builds on the local cloud at Azure's recorded pace, beside the least that they can take.
// All at once, because they only wait; `-- 10` lets time run ten times as fast, which weighs what Kiln does itself tenfold;
// `-- 1 vhd,windows` builds some of them.
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { makeDefinition } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { figure } from './figures.ts';
import { type Build, bodyOf, boundOf, buildsOf } from './azure-builds.ts';
import { phasesOf } from './kiln.ts';

/** Of the bound. */
const BUDGET = 1.05;
/** Azure VM Image Builder: Linux, one shell step, a gallery version in one region; recorded on 30 April 2025. */
const AIB_SECONDS = 19 * 60 + 27;
/** Seconds for which Azure asks not to be asked again; the recordings leave the header out. */
const RETRY_AFTER = 10;

const scale = Number(process.argv[2] ?? 1);
const profile = {
  ...DEFAULT_PROFILE,
  timeCompression: scale,
  // In real time nothing is finer than in Azure, and Kiln paces itself by what such operations usually take.
  retryAfter: { seconds: RETRY_AFTER, milliseconds: scale === 1 ? 0 : (RETRY_AFTER * 1000) / scale },
};
const named = process.argv[3]?.split(',');
const builds = buildsOf(profile).filter(({ name }) => named?.includes(name) ?? true);
type Row = { readonly build: Build; readonly seconds: number; readonly phases: Record<string, number> };

const kiln = await LocalKiln.start({ profile });
try {
  const rows = await Promise.all(builds.map(measure));
  console.log(`time runs ${scale} times as fast as in Azure; figures are Azure's seconds`);
  for (const row of rows) show(row);
  const good = [
    ...rows.map(({ build, seconds }) => {
      const value = seconds / boundOf(build, profile);
      return figure({ what: `${build.name}, of its bound`, goal: ['<=', BUDGET], value, unit: '×' });
    }),
    figure({
      what: `one gallery region, of Azure VM Image Builder's ${AIB_SECONDS} s`,
      goal: ['<=', 0.5],
      value: of(rows, 'gallery-1') / AIB_SECONDS,
      unit: '×',
    }),
    figure({
      what: 'nine more empty steps',
      goal: ['<=', 60],
      value: of(rows, 'ten-steps') - of(rows, 'managed-image'),
      unit: 's',
    }),
  ];
  if (good.includes(false)) process.exitCode = 1;
} finally {
  await kiln.stop();
}

async function measure(build: Build): Promise<Row> {
  const { name } = build;
  if ('regions' in build.to) await makeDefinition(kiln, name);
  const accepted = await kiln.submit(name, bodyOf(build, kiln.endpoints.subscriptionId));
  if (accepted.body.properties?.provisioningState !== 'Succeeded')
    throw new Error(JSON.stringify(accepted.body));
  const run = await kiln.run(name, 3600);
  if (run.state !== 'Succeeded') throw new Error(`${name}: ${run.state}: ${run.message}`);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  const seconds = ((Date.parse(run.endTime) - Date.parse(run.startTime)) / 1000) * scale;
  return { build, seconds, phases: phasesOf(body.value) };
}

function show({ build, seconds, phases }: Row): void {
  const bound = boundOf(build, profile);
  const parts = Object.entries(phases)
    .filter(([name]) => name !== 'clean up')
    .map(([name, time]) => `${name} ${Math.round(time * scale)}`);
  console.log(
    `${build.name}: ${seconds.toFixed(0)} s, bound ${bound.toFixed(0)} s, ratio ${(seconds / bound).toFixed(2)} (${parts.join(', ')})`,
  );
}

function of(rows: readonly Row[], name: string): number {
  return rows.find(({ build }) => build.name === name)?.seconds ?? Number.NaN;
}
