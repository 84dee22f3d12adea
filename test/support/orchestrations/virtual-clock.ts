import type { Clock } from '../../../local/durable/clock.ts';

type Alarm = { readonly at: number; readonly wake: () => void };

/** Stands still until it is told to jump to the next alarm, so that days pass in no time. */
export class VirtualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now: number;

  /** Milliseconds since 1970. */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  alarm(at: number, wake: () => void): () => void {
    const alarm = { at, wake };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Jumps to the earliest alarm and rings it. False when there is none. */
  jump(): boolean {
    const [next] = [...this.#alarms].sort((one, other) => one.at - other.at);
    if (next === undefined) return false;
    this.#alarms.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }
}
