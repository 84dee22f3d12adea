import { sameText } from '../json.ts';
import type { AllocationFailure, Fault, FaultMatch, Profile, Throttle } from './profile.ts';

export type Replication = {
  readonly fate: 'completes' | 'fails' | 'stuck';
  readonly milliseconds: number;
  /** The failure fails the operation of the version too. */
  readonly failsVersion: boolean;
};

type Call = { readonly operation: string; readonly method: string; readonly path: string };

/** Counts calls and says which of them the profile spoils. Counters start again with the process. */
export class Faults {
  readonly #profile: Profile;
  readonly #calls = new Map<Fault, number>();
  readonly #allocations = new Map<AllocationFailure, number>();
  readonly #regions = new Map<string, number>();
  readonly #windows = new Map<Throttle, { end: number; calls: number }>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** The first fault of the list that meets this call. Every matching fault counts it. */
  next(call: Call): Fault | undefined {
    let hit: Fault | undefined;
    for (const fault of this.#profile.faults.filter((candidate) => matches(candidate.match, call))) {
      const nth = (this.#calls.get(fault) ?? 0) + 1;
      this.#calls.set(fault, nth);
      const meets = fault.calls === 'all' || (fault.calls ?? [1]).includes(nth);
      if (meets) hit ??= fault;
    }
    return hit;
  }

  /** The code with which allocating a VM of this size fails now, if it does. */
  allocation(size: string): string | undefined {
    for (const failure of this.#profile.allocationFailures) {
      const used = this.#allocations.get(failure) ?? 0;
      if (!sameText(failure.size, size) || used >= failure.times) continue;
      this.#allocations.set(failure, used + 1);
      return failure.code;
    }
    return undefined;
  }

  /** Milliseconds to stay away when the call is above a limit of the profile. */
  throttled(call: Call, now: number): number | undefined {
    let wait: number | undefined;
    for (const limit of this.#profile.throttling.filter((candidate) => matches(candidate.match, call))) {
      const length = this.compress(limit.seconds);
      const known = this.#windows.get(limit);
      const current = known === undefined || now >= known.end ? { end: now + length, calls: 0 } : known;
      this.#windows.set(limit, { ...current, calls: current.calls + 1 });
      if (current.calls < limit.calls) continue;
      const { retryAfterSeconds } = limit;
      wait ??= retryAfterSeconds === undefined ? current.end - now : this.compress(retryAfterSeconds);
    }
    return wait;
  }

  /**
   * How the replication of a region goes that begins now. `definition` counts its failures for itself; `region` is the
   * canonical lower-case name. The home region is ready when the
   * operation that makes the version is (recorded), unless the profile says otherwise of it.
   */
  replication(definition: string, region: string, isHome = false): Replication {
    const { seconds, spread, regions } = this.#profile.replication;
    const { seconds: own, stuck, failTimes = 0, failsVersion = false } = regions[region] ?? {};
    const usual = isHome ? 0 : seconds * (1 + spread * paceOf(region));
    const milliseconds = this.compress(own ?? usual);
    if (stuck === true) return { fate: 'stuck', milliseconds, failsVersion: false };
    const key = `${definition.toLowerCase()} ${region}`;
    const failed = this.#regions.get(key) ?? 0;
    if (failed >= failTimes) return { fate: 'completes', milliseconds, failsVersion: false };
    this.#regions.set(key, failed + 1);
    return { fate: 'fails', milliseconds, failsVersion };
  }

  /** Milliseconds here for a kind of operation. */
  latency(operation: string): number {
    const { latencySeconds } = this.#profile;
    return this.compress(latencySeconds[operation] ?? latencySeconds['default'] ?? 0);
  }

  compress(azureSeconds: number): number {
    return (azureSeconds * 1000) / this.#profile.timeCompression;
  }
}

/** -1 to 1, by the name alone: a region that is slow today is slow tomorrow. */
function paceOf(region: string): number {
  let sum = 7;
  for (let at = 0; at < region.length; at += 1) sum = (sum * 31 + region.charCodeAt(at)) % 1009;
  return (sum / 1008) * 2 - 1;
}

function matches(match: FaultMatch, call: Call): boolean {
  return (
    (match.operation === undefined || sameText(match.operation, call.operation)) &&
    (match.method === undefined || sameText(match.method, call.method)) &&
    (match.path === undefined || toPattern(match.path).test(call.path))
  );
}

function toPattern(glob: string): RegExp {
  const literal = glob.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`, 'i');
}
