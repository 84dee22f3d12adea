import type { MakingProgress } from '../machines/machine.ts';

/**
 * How far the making of a base image is, read from what mmdebstrap and apt say with --verbose.
 * What it takes depends on the network and on the machine: both are measured on the way, and only the proportions between
 * the stages are known before. They are those of Debian 12 without recommended packages, on two cores.
 */
const STAGES = [
  { name: 'lists', says: 'reading the lists of packages', megabytes: 9.4 },
  { name: 'first packages', says: 'downloading packages', megabytes: 29.7 },
  { name: 'extract', says: 'unpacking the first packages', seconds: 15.4 },
  { name: 'essential', says: 'installing the first packages', seconds: 9.5 },
  { name: 'packages', says: 'downloading packages', megabytes: 59.1 },
  { name: 'install', says: 'installing packages', seconds: 19.7 },
  { name: 'pack', says: 'packing the file system', seconds: 2.9 },
  { name: 'unpack', says: 'laying out the file system', seconds: 4 },
  { name: 'disk', says: 'writing the disk', seconds: 12 },
] as const;

export type StageName = (typeof STAGES)[number]['name'];

/** The first line that belongs to a stage. The rest of a stage is told from the next one's first line. */
const BEGINS: readonly (readonly [RegExp, StageName])[] = [
  [/^I: running apt-get update/, 'lists'],
  [/^I: downloading packages with apt/, 'first packages'],
  [/^I: extracting archives/, 'extract'],
  [/^I: installing essential packages/, 'essential'],
  [/^I: installing remaining packages/, 'packages'],
  [/^I: (cleaning package lists|creating tarball)/, 'pack'],
];

/** Plain data, so that another process that waits for the same image can tell as much. Times are milliseconds since 1970. */
export type Making = {
  readonly began: number;
  readonly stage: StageName;
  readonly stageBegan: number;
  /** MB that have arrived, all stages together. */
  readonly arrived: number;
  /** MB of the stages whose size apt has told. */
  readonly told: Readonly<Partial<Record<StageName, number>>>;
  /** Seconds that went into stages that are over. */
  readonly spent: { readonly network: number; readonly work: number };
};

export const beginMaking = (now: number): Making => ({
  began: now,
  stage: 'lists',
  stageBegan: now,
  arrived: 0,
  told: {},
  spent: { network: 0, work: 0 },
});

/** What is known after one more line of mmdebstrap's. */
export function heard(making: Making, line: string, now: number): Making {
  const next = BEGINS.find(([begin]) => begin.test(line))?.[1];
  if (next !== undefined) return enter(making, next, now);
  const need = /^Need to get (?:[\d.]+ \w?B\/)?([\d.]+ \w?B) of archives/.exec(line)?.[1];
  if (need !== undefined) return { ...making, told: { ...making.told, [making.stage]: megabytes(need) } };
  const got = /^Get:\d+ .* \[([\d.]+ \w?B)\]$/.exec(line)?.[1];
  if (got !== undefined) return { ...making, arrived: making.arrived + megabytes(got) };
  // apt says in one breath what it downloads and what it installs.
  if (making.stage === 'packages' && /^(Selecting|Preparing to unpack|Unpacking) /.test(line))
    return enter(making, 'install', now);
  return making;
}

/** The next stage begins; one that is over does not come back. */
export function enter(making: Making, stage: StageName, now: number): Making {
  if (indexOf(stage) <= indexOf(making.stage)) return making;
  const took = (now - making.stageBegan) / 1000;
  const { network, work } = making.spent;
  const onNetwork = isDownload(making.stage);
  const spent = { network: network + (onNetwork ? took : 0), work: work + (onNetwork ? 0 : took) };
  return { ...making, stage, stageBegan: now, spent };
}

/** How far it is at a time, also while nothing is said. */
export function progressOf(making: Making, now: number): MakingProgress {
  const at = indexOf(making.stage);
  const here = (now - making.stageBegan) / 1000;
  const sizes = STAGES.map(
    (stage) => making.told[stage.name] ?? ('megabytes' in stage ? stage.megabytes : 0),
  );
  const ofMegabytes = Math.max(sum(sizes), making.arrived);
  const missing = isOver(making.stage, 'packages') ? 0 : ofMegabytes - making.arrived;
  const onNetwork = making.spent.network + (isDownload(making.stage) ? here : 0);
  const perMegabyte = making.arrived > 0 ? onNetwork / making.arrived : undefined;
  const seconds = (now - making.began) / 1000;
  const base = { what: STAGES[at]?.says ?? '', megabytes: making.arrived, ofMegabytes, seconds };
  if (perMegabyte === undefined) return base;
  return { ...base, secondsLeft: missing * perMegabyte + workLeft(making, at, here) };
}

/** Seconds of work that are to come, if this machine goes on as it has so far. */
function workLeft(making: Making, at: number, here: number): number {
  const costs = STAGES.map((stage) => ('seconds' in stage ? stage.seconds : 0));
  const done = sum(costs.slice(0, at));
  const current = costs[at] ?? 0;
  const worked = making.spent.work + (current > 0 ? here : 0);
  // A stage that has outlasted its share says how slow this machine is, before it is over.
  const pace =
    done + current === 0 ? 1 : Math.max(worked / (done + current), done === 0 ? 1 : making.spent.work / done);
  return Math.max(0, current * pace - (current > 0 ? here : 0)) + sum(costs.slice(at + 1)) * pace;
}

const indexOf = (name: StageName): number => STAGES.findIndex((stage) => stage.name === name);
const isDownload = (name: StageName): boolean => 'megabytes' in (STAGES[indexOf(name)] ?? {});
const isOver = (now: StageName, name: StageName): boolean => indexOf(now) > indexOf(name);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** apt counts in thousands: `8790 kB`, `59.1 MB`. */
function megabytes(text: string): number {
  const [number = '0', unit = 'B'] = text.split(' ');
  const factor = { B: 1e-6, kB: 1e-3, MB: 1, GB: 1e3 }[unit] ?? 0;
  return Number(number) * factor;
}
