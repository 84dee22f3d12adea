import { readdirSync, readFileSync } from 'node:fs';

/**
 * How long a boot is waited for. A busy machine gives a guest a tenth of the time that an idle one does, and a slow processor needs more of
 * it: what counts is the work that was done, and whether the guest still wants to do any.
 */
export type Patience = {
  /** A guest that has nothing to do any more is waited for as long as this. */
  readonly idleMs: number;
  /** Processor time for the whole boot; a computer of 2026 that emulates two cores takes some 30 s of it. */
  readonly workMs: number;
};

export const BOOT_PATIENCE: Patience = { idleMs: 180_000, workMs: 600_000 };

/** Milliseconds that all threads of a process together have worked, and have waited for a core to work on. */
export type Load = { readonly worked: number; readonly waited: number };

/** Less than this share of a core is a guest that waits for something; an idle kernel's clock takes some hundredths. */
const BUSY = 0.15;
const LOOK_MS = 5000;

/** Says when to give up on a process, and why. */
export class Waiting {
  readonly #patience: Patience;
  readonly #now: () => number;
  readonly #load: () => Load;
  #busyAt: number;
  #last: { readonly at: number; readonly wanted: number };

  constructor(patience: Patience, load: () => Load, now: () => number = Date.now) {
    this.#patience = patience;
    this.#now = now;
    this.#load = load;
    this.#busyAt = now();
    this.#last = { at: now(), wanted: wantedOf(load()) };
  }

  /** Undefined while it is worth waiting. */
  reason(): string | undefined {
    const at = this.#now();
    const load = this.#load();
    if (at - this.#last.at >= Math.min(LOOK_MS, this.#patience.idleMs)) {
      const wanted = wantedOf(load);
      if (wanted - this.#last.wanted > BUSY * (at - this.#last.at)) this.#busyAt = at;
      this.#last = { at, wanted };
    }
    const { idleMs, workMs } = this.#patience;
    if (load.worked > workMs) return `within ${workMs / 1000} s of processor time`;
    return at - this.#busyAt > idleMs ? `and has had nothing to do for ${idleMs / 1000} s` : undefined;
  }
}

const wantedOf = ({ worked, waited }: Load): number => worked + waited;

/** https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat: nanoseconds, of each thread. Nothing for a process that is gone. */
export function loadOf(pid: number): Load {
  let load: Load = { worked: 0, waited: 0 };
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [worked, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
        .split(' ')
        .map(Number);
      load = { worked: load.worked + (worked ?? 0) / 1e6, waited: load.waited + (waited ?? 0) / 1e6 };
    }
  } catch {
    // It ended while it was looked at; whoever waits sees that by itself.
  }
  return load;
}
