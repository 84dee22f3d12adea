import { DAY } from '../model/time.ts';
import type { Store } from '../ports/store.ts';
import { inParallel } from '../parallel.ts';
import { sha256 } from '../model/convert.ts';
import type { Sha256, TemplateRef } from '../model/template.ts';
import type { CommandContext } from '../commands/context.ts';

const MOST_A_ROUND = 500;

/**
 * Artifacts that any revision of a template names, each with such a template. All revisions are read, so that what was
 * built once can be looked at for as long as its template is there.
 */
export async function namedArtifacts(store: Store): Promise<Map<Sha256, TemplateRef>> {
  const subscriptions = await store.subscriptions.list();
  const heads = await inParallel(
    subscriptions,
    (subscriptionId) => store.templates.list({ subscriptionId }),
    4,
  );
  const revisions = heads
    .flat()
    .flatMap(({ ref, revision }) =>
      Array.from({ length: revision }, (_, index) => ({ ref, number: index + 1 })),
    );
  const named = new Map<Sha256, TemplateRef>();
  await inParallel(revisions, async ({ ref, number }) => {
    const text = JSON.stringify((await store.revisions.get(ref, number))?.template ?? {});
    for (const [, hash = ''] of text.matchAll(/([0-9a-f]{64})/gi)) named.set(sha256(hash), ref);
  });
  return named;
}

/**
 * Once a day: removes what nothing names and nobody has uploaded or asked for in so many days; who uploads one submits its
 * template soon. One that is asked for at this
 * moment stays, because it is another version by then.
 */
export async function sweepArtifacts({ store, now }: CommandContext, days: number): Promise<number> {
  if (days === 0) return 0;
  const last = await store.artifactSweeps.get();
  if (last !== undefined && now().getTime() - Date.parse(last) < DAY) return 0;
  const old = await store.aged.list('artifacts', new Date(now().getTime() - days * DAY));
  const named = old.length === 0 ? undefined : await namedArtifacts(store);
  const going = old.filter(({ id }) => named?.has(sha256(id)) === false).slice(0, MOST_A_ROUND);
  const gone = await inParallel(going, async (aged) => {
    if (!(await store.aged.remove(aged))) return false;
    await forgetUploads(store, sha256(aged.id));
    return true;
  });
  // With more to remove, the next round goes on.
  if (going.length < MOST_A_ROUND) await store.artifactSweeps.put(now().toISOString());
  return gone.filter(Boolean).length;
}

async function forgetUploads(store: Store, hash: Sha256): Promise<void> {
  for (const subscriptionId of await store.uploads.owners(hash))
    await store.uploads.forget(subscriptionId, hash);
}
