import type { TimelineEntry } from '../api/types.ts';
import { formatDuration } from '../output/duration.ts';
import type { Preparing } from './base-image.ts';

/** Time of day in UTC: a CI log has its own zone, the service's logs have none other. */
export const clock = (at: string): string => (/T(\d\d:\d\d:\d\d)/.exec(at)?.[1] ?? '--:--:--') + 'Z';

/** Turns new timeline entries into lines; remembers starts, so that an end can tell how long it took. */
export class PlainTimeline {
  readonly #seen = new Set<string>();
  readonly #started = new Map<string, number>();

  lines(entries: readonly TimelineEntry[]): string[] {
    return entries.flatMap((entry) => {
      const key = entry.id === '' ? JSON.stringify(entry) : entry.id;
      if (this.#seen.has(key)) return [];
      this.#seen.add(key);
      return [this.#line(entry)];
    });
  }

  #line(entry: TimelineEntry): string {
    const name = entry.step === undefined ? entry.phase : `${entry.phase} > ${entry.step}`;
    const at = Date.parse(entry.at);
    const began = this.#started.get(name);
    if (entry.event === 'started' && began === undefined) this.#started.set(name, at);
    const took = began === undefined || entry.event === 'note' ? '' : ` in ${formatDuration(at - began)}`;
    const verb = entry.event === 'note' ? '' : ` ${entry.event}${took}`;
    const message = entry.message === undefined ? '' : `: ${entry.message}`;
    return `${clock(entry.at)}  ${name}${verb}${message}`;
  }
}

/** Often enough that nobody takes it for hung, seldom enough for a log. */
const SAY_EVERY_MS = 30_000;

/** A line when something else is happening, and now and then how far it is. */
export class PlainPreparing {
  #what = '';
  #saidAt = 0;

  lines(preparing: Preparing | undefined, now: Date): string[] {
    if (preparing === undefined) return [];
    const { phase, what, howFar } = preparing;
    if (what === this.#what && now.getTime() - this.#saidAt < SAY_EVERY_MS) return [];
    this.#what = what;
    this.#saidAt = now.getTime();
    return [`${clock(now.toISOString())}  ${phase}: ${what}; ${howFar}`];
  }
}
