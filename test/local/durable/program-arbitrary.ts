// Generated orchestrators for apps/program, and a host for them that makes its choices from a list.
import * as fc from 'fast-check';

export type Step =
  | { readonly kind: 'activity' | 'sub'; readonly value: number }
  | { readonly kind: 'retry'; readonly attempts: number; readonly value: number }
  | { readonly kind: 'timer' }
  | { readonly kind: 'longTimer'; readonly days: number }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'all' | 'any'; readonly children: readonly Step[] };

const value = fc.nat(9);
const leaf: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('activity' as const, 'sub' as const), value }),
  fc.constant({ kind: 'timer' as const }),
  fc.record({ kind: fc.constant('event' as const), name: fc.constantFrom('x', 'y') }),
  fc.record({ kind: fc.constant('retry' as const), attempts: fc.integer({ min: 1, max: 3 }), value }),
  fc.record({ kind: fc.constant('longTimer' as const), days: fc.integer({ min: 7, max: 20 }) }),
);
const group = (of: fc.Arbitrary<Step>): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom('all' as const, 'any' as const),
    children: fc.array(of, { minLength: 1, maxLength: 4 }),
  });
const step = fc.oneof(
  leaf,
  group(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: group(leaf) })),
);

export const program: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 6 });
/** Each number decides which pending task ends next, and whether it fails. */
export const choices: fc.Arbitrary<number[]> = fc.array(fc.nat(1_000_000), { minLength: 80, maxLength: 80 });
