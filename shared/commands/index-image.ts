import { versionsOf } from '../inventory/versions.ts';
import type { Run } from '../model/documents/documents.ts';
import { indexedPackages } from '../model/documents/package-index.ts';
import type { Store } from '../ports/store.ts';

/** Lets the image of a run be found by its packages, by the versions that it has now. Nobody searches for what nobody got. */
export async function indexImage(store: Store, run: Run): Promise<void> {
  const isThere = run.state === 'Succeeded' || run.state === 'PartiallySucceeded';
  if (!isThere || run.inventory === undefined || run.outputs.length === 0) return;
  const stored = await store.inventories.get(run.ref, run.id);
  if (stored === undefined) return;
  const { os, packages } = stored.inventory;
  const image = {
    ref: run.ref,
    runId: run.id,
    at: run.startTime,
    versions: versionsOf(run),
    os: `${os.id} ${os.version}`,
    ...(run.agent === 'simulated' && { simulated: true as const }),
  };
  await store.packageIndex.note({ schema: 1, image, packages: indexedPackages(packages) });
}
