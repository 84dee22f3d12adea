import type { CommandContext } from '../commands/context.ts';
import type { Run, TemplateHead } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import type { Distributor } from '../template/model.ts';
import { assertLinked, assertReferences } from './linked.ts';
import { isUnrestricted } from './policy.ts';
import { type Principal, UNKNOWN } from './principal.ts';
import { type Reference, referencesOf, referencesOfTargets } from './references.ts';

// A template may have been made by somebody else, and the policy may have changed since: whoever starts a run lends it what
// it names, so that it is asked again for that principal.

/** Throws `LinkedAuthorizationFailed` when the caller may not use what the newest revision names. */
export async function assertMayUse(
  { store, gate, actor }: CommandContext,
  { ref, revision }: TemplateHead,
): Promise<void> {
  if (isUnrestricted(gate.policy, actor)) return;
  const stored = await store.revisions.get(ref, revision);
  if (stored !== undefined) assertLinked(gate, actor, stored.template);
}

/** The same for a distribution of what a run has built: of its revision, its targets, and those that come on top. */
export async function assertMayDistribute(
  context: Pick<CommandContext, 'store' | 'gate' | 'actor'>,
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
