import { sameText } from '../json.ts';
import type { AllocationFailure, Fault, FaultMatch, Profile } from './profile.ts';

type Call = { readonly operation: string; readonly method: string; readonly path: string };

/** Counts calls and says which of them the profile spoils. Counters start again with the process. */
export class Faults {
  readonly #profile: Profile;
  readonly #calls = new Map<Fault, number>();
  readonly #allocations = new Map<AllocationFailure, number>();
  readonly #regions = new Map<string, number>();

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

  /** How the replication of a new region goes. `region` is the canonical lower-case name. */
  replication(region: string): { fate: 'completes' | 'fails' | 'stuck'; milliseconds: number } {
    const { seconds, regions } = this.#profile.replication;
    const settings = regions[region] ?? {};
    const milliseconds = this.compress(settings.seconds ?? seconds);
    if (settings.stuck === true) return { fate: 'stuck', milliseconds };
    const failed = this.#regions.get(region) ?? 0;
    if (failed >= (settings.failTimes ?? 0)) return { fate: 'completes', milliseconds };
    this.#regions.set(region, failed + 1);
    return { fate: 'fails', milliseconds };
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
