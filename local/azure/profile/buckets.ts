import type { Bucket, Profile } from './profile.ts';

type Call = { readonly operation: string; readonly method: string; readonly path: string };
type Level = { readonly calls: number; readonly at: number };

/** What a call leaves of its buckets, or which of them is empty, and for how many milliseconds. */
export type Budget =
  | { readonly left: readonly (readonly [bucket: string, calls: number])[] }
  | { readonly empty: Bucket; readonly wait: number };

/** Calls: after the wait that a refusal named there is a whole one, whatever fractions add up to. */
const ROUNDING = 1e-6;

/**
 * Azure's limits on requests: each bucket gives a call for each request and fills again all the time.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits
 */
export class Buckets {
  readonly #profile: Pick<Profile, 'buckets' | 'timeCompression'>;
  readonly #levels = new Map<string, Level>();

  constructor(profile: Pick<Profile, 'buckets' | 'timeCompression'>) {
    this.#profile = profile;
  }

  /** A call that is refused takes nothing from the other buckets. */
  take(call: Call, now: number): Budget {
    const asked = this.#profile.buckets.filter((bucket) => isFor(bucket, call));
    const levels = asked.map((bucket) => ({
      bucket,
      key: keyOf(bucket, call),
      ...this.#level(bucket, call, now),
    }));
    const empty = levels.find(({ calls }) => calls < 1 - ROUNDING);
    if (empty !== undefined) {
      const { bucket, calls } = empty;
      return { empty: bucket, wait: Math.ceil((1 - calls) * this.#millisecondsACall(bucket)) };
    }
    for (const { key, calls } of levels) this.#levels.set(key, { calls: calls - 1, at: now });
    return { left: levels.map(({ bucket, calls }) => [bucket.name, Math.floor(calls - 1 + ROUNDING)]) };
  }

  #level(bucket: Bucket, call: Call, now: number): Level {
    const known = this.#levels.get(keyOf(bucket, call));
    if (known === undefined) return { calls: bucket.calls, at: now };
    const more = (now - known.at) / this.#millisecondsACall(bucket);
    return { calls: Math.min(bucket.calls, known.calls + more), at: now };
  }

  #millisecondsACall({ calls, seconds }: Bucket): number {
    return (seconds * 1000) / this.#profile.timeCompression / calls;
  }
}

function isFor({ operations, methods }: Bucket, call: Call): boolean {
  return operations?.includes(call.operation) ?? methods?.includes(call.method) ?? false;
}

/** Of a subscription, or of one machine or operation in it. */
function keyOf({ name, per }: Bucket, { path }: Call): string {
  const [, subscription = ''] = /\/subscriptions\/([^/]+)/i.exec(path) ?? [];
  const [resource = ''] = (per === undefined ? null : PLACES[per].exec(path)) ?? [];
  return `${name} ${subscription} ${resource}`.toLowerCase();
}

const PLACES = {
  machine: /\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/virtualMachines\/[^/]+/i,
  operation: /\/operations\/[^/]+/i,
};
