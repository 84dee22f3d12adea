import type { BuildLimits } from '../planning/slots.ts';
import type { Store } from '../ports/store.ts';
import type { Usage } from '../ports/catalogue.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { Permission } from '../model/rights.ts';
import { createFresh, type Fresh } from './fresh.ts';
import { createOverview, type Overview } from './overview.ts';
import { createRunViews, type RunViews } from './runs.ts';
import { createTemplateViews, type TemplateViews } from './template.ts';

/** Milliseconds: quota changes with every build of anybody, and a page may be open all day. */
const QUOTA_FRESH = 300_000;
const LETTERS_FRESH = 10_000;

/** Answers that hold all that one page shows. They keep things in memory for a while: one for each process. */
export type Views = {
  readonly overview: () => Promise<Overview>;
  readonly runs: RunViews;
  readonly template: TemplateViews;
  /** Of a subscription and region. */
  readonly usages: Fresh<Usage[]>;
  readonly letters: Fresh<DeadLetter[]>;
  /** What the identity of Kiln may do at a scope. */
  readonly permissions: Fresh<readonly Permission[]>;
  /** Builds that may be at work at the same time. */
  readonly limits: BuildLimits;
  /** Something was changed here: who looks next is shown no look from before. Other processes are late by one look. */
  readonly changed: () => void;
};

export function createViews(
  store: Store,
  { limits, now }: { readonly limits: BuildLimits; readonly now: () => Date },
): Views {
  let count = 0;
  const changes = (): number => count;
  const runs = createRunViews(store, { now, changes });
  return {
    overview: createOverview(store, { now, changes }),
    runs,
    template: createTemplateViews(store, { now, changes, runs }),
    usages: createFresh(now, { ms: QUOTA_FRESH }),
    letters: createFresh(now, { ms: LETTERS_FRESH, changes }),
    permissions: createFresh(now, { ms: QUOTA_FRESH }),
    limits,
    changed: () => {
      count += 1;
    },
  };
}
