import type { Run, TimelineEntry } from '../model/documents/documents.ts';
import { MOST_RUNS, type TrendBook, type TrendRun } from '../model/documents/trend.ts';
import { versionsOf } from './versions.ts';

/** Builds that the next one is compared with. */
const LAST = 10;
/** With fewer there is no telling what is usual. */
const LEAST = 5;
/** Times of the median, and seconds above it: a step of half a second that took two is nobody's trouble. */
const FACTOR = 2;
const SECONDS = 20;

/** What a build that gave an image took, by its timeline. */
export function trendOf(run: Run, timeline: readonly TimelineEntry[]): TrendRun {
  const boots = run.outputs.flatMap(({ regions = [] }) =>
    regions.flatMap(({ bootSeconds }) => bootSeconds ?? []),
  );
  const { inventory, endTime = run.startTime } = run;
  const whole = secondsBetween(run.startTime, endTime);
  return {
    runId: run.id,
    at: run.startTime,
    versions: versionsOf(run),
    seconds: { run: whole, ...durations(timeline) },
    ...(inventory && { packages: inventory.packages, usedBytes: inventory.usedBytes }),
    ...(boots.length > 0 && { bootSeconds: Math.min(...boots) }),
  };
}

/** From the first begin to the last end of each, regions left out: those are Azure's. */
function durations(timeline: readonly TimelineEntry[]): Record<string, number> {
  const begun = new Map<string, string>();
  const seconds: Record<string, number> = {};
  for (const { phase, step, event, at, region } of timeline) {
    if (region !== undefined || phase === 'clean up') continue;
    const key = keyOf({ phase, step });
    if (event === 'started' && !begun.has(key)) begun.set(key, at);
    const start = begun.get(key);
    if (event === 'succeeded' && start !== undefined) seconds[key] = secondsBetween(start, at);
  }
  return seconds;
}

function keyOf({ phase, step }: { readonly phase: string; readonly step?: string | undefined }): string {
  return step === undefined ? phase : `${phase} > ${step}`;
}

/** The book with one build more. The same build again takes the place of the first. */
export function withRun(book: TrendBook, run: TrendRun): TrendBook {
  const others = book.runs.filter(({ runId }) => runId !== run.runId);
  return { schema: 1, runs: [...others, run].slice(-MOST_RUNS) };
}

export type Slow = { readonly key: string; readonly message: string };

/** What took much longer than it usually does. Phases with steps are told by those. */
export function slowParts(book: TrendBook, run: TrendRun): Slow[] {
  const before = book.runs.filter(({ runId }) => runId !== run.runId).slice(-LAST);
  const keys = Object.keys(run.seconds).filter((key) => key !== 'run');
  return keys.flatMap((key) => {
    const usual = before.flatMap(({ seconds }) => (Object.hasOwn(seconds, key) ? (seconds[key] ?? []) : []));
    const took = run.seconds[key] ?? 0;
    const middle = median(usual);
    const isSlow = usual.length >= LEAST && took >= FACTOR * middle && took - middle >= SECONDS;
    if (!isSlow || keys.some((other) => other.startsWith(`${key} > `))) return [];
    const times = middle === 0 ? '' : `${(took / middle).toFixed(1)}× `;
    const message = `${times}slower than the median of its last ${usual.length}: ${round(took)} s instead of ${round(middle)} s.`;
    return [{ key, message }];
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

function round(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
