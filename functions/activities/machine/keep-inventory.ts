import { Buffer } from 'node:buffer';
import { inventoryDigest } from '../../../shared/inventory/canonical.ts';
import { diffInventories } from '../../../shared/inventory/diff.ts';
import { readListing, type ReadListing } from '../../../shared/inventory/read-listing.ts';
import { listed } from '../../../shared/model/documents/run.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import type { RunInventory } from '../../../shared/model/documents/inventory.ts';
import { timestamp } from '../../../shared/model/time.ts';
import type { App } from '../../app.ts';
import { type Activity, glanceAt } from '../activity.ts';

/** The account that Azure asks for at creation; generalizing removes it (shared/guest/deprovision.ts). */
const BUILD_ACCOUNT = 'kiln';

/** Reads what the machine has listed and keeps it with the run, for as long as that is kept. */
export const keepInventory: Activity<'keep-inventory'> = async (app, { plan }) => {
  const { ref, runId } = plan.run;
  const output = await app.store.logs.read(ref, runId, 'inventory.out', 0);
  const without = plan.specialized === true ? {} : { without: BUILD_ACCOUNT };
  const found = readListing(Buffer.from(output).toString('utf8'), {
    osType: plan.source.osType,
    ...without,
  });
  if (found === undefined)
    return { taken: false, said: 'Its output is no listing: see the log inventory.out of the run.' };
  const run = await glanceAt(app, plan.run);
  const stored = {
    schema: 1,
    takenAt: timestamp(app.now()),
    ...(run.agent !== undefined && { agent: run.agent }),
    ...found,
  } as const;
  await app.store.inventories.put(ref, runId, stored);
  const inventory = await summary(app, run, found);
  await app.store.runs.update(ref, runId, (current) => listed(current, inventory));
  return { taken: true, said: inWords(inventory, found.inventory.cut) };
};

async function summary(app: App, run: Run, found: ReadListing): Promise<RunInventory> {
  const { inventory, source } = found;
  const last = await newestBefore(app, run);
  return {
    digest: inventoryDigest(inventory),
    packages: inventory.packages.length,
    services: inventory.services.length,
    listening: inventory.listening.length,
    usedBytes: inventory.disk.usedBytes,
    ...(source && { sinceSource: diffInventories(source, inventory).counts }),
    ...(last && {
      sinceLast: { runId: last.runId, ...diffInventories(last.inventory, inventory).counts },
    }),
  };
}

/** Of the newest image that the template has given before. */
async function newestBefore({ store }: App, { ref, builtBefore }: Run) {
  if (builtBefore === undefined) return undefined;
  const stored = await store.inventories.get(ref, builtBefore);
  return stored && { runId: builtBefore, inventory: stored.inventory };
}

function inWords(
  { packages, services, listening, sinceSource, sinceLast }: RunInventory,
  cut: readonly string[] = [],
): string {
  const changes = ({ added, removed, changed }: NonNullable<RunInventory['sinceSource']>) =>
    `${added} added, ${removed} removed, ${changed} changed`;
  return [
    `${packages} packages, ${services} services, ${listening} listening ports`,
    ...(sinceSource ? [`since the source ${changes(sinceSource)}`] : []),
    ...(sinceLast ? [`since the last image ${changes(sinceLast)}`] : []),
    ...cut,
  ].join('; ');
}
