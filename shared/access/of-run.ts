import type { Run, TemplateHead } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import type { Distributor } from '../model/template.ts';
import { assertLinked, assertReferences, type Gate } from './linked.ts';
import { isUnrestricted } from './policy.ts';
import { type Principal, UNKNOWN } from '../model/principal.ts';
import { type Reference, referencesOf, referencesOfTargets } from './references.ts';

type Asking = { readonly store: Store; readonly gate: Gate; readonly actor: Principal };

// A template may have been made by somebody else, and the policy may have changed since: whoever starts a run lends it what
// it names, so that it is asked again for that principal.

/** Throws `LinkedAuthorizationFailed` when the caller may not use what the newest revision names. */
export async function assertMayUse(
  { store, gate, actor }: Asking,
  { ref, revision }: TemplateHead,
): Promise<void> {
  if (isUnrestricted(gate.policy, actor)) return;
  const stored = await store.revisions.get(ref, revision);
  if (stored !== undefined) assertLinked(gate, actor, stored.template);
}

/** The same for a distribution of what a run has built: of its revision, its targets, and those that come on top. */
export async function assertMayDistribute(
  context: Asking,
  run: Pick<Run, 'id' | 'ref' | 'revision'>,
  targets: readonly Distributor[] = [],
): Promise<void> {
  const { store, gate, actor } = context;
  if (isUnrestricted(gate.policy, actor)) return;
  const [stored, distribution] = await Promise.all([
    store.revisions.get(run.ref, run.revision),
    store.distributions.get(run.ref, run.id),
  ]);
  const references = [
    ...referencesOfTargets(targets, '/distribute'),
    ...(stored === undefined ? [] : referencesOf(stored.template)),
    ...referencesOfTargets(distribution?.plan.targets ?? [], '/targets'),
  ];
  const isFirst = ({ id, action }: Reference, index: number) =>
    references.findIndex((other) => other.id === id && other.action === action) === index;
  assertReferences(gate, actor, run.ref, references.filter(isFirst));
}

/** Who lends a run what it uses. Runs of older versions do not say: then who made the template what it is. */
export async function principalOf({ templates }: Pick<Store, 'templates'>, run: Run): Promise<Principal> {
  if (run.requestedBy !== undefined) return run.requestedBy;
  return (await templates.get(run.ref))?.value.changedBy ?? UNKNOWN;
}
