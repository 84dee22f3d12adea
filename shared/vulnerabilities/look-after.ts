import { KilnError } from '../errors/failure.ts';
import { type CloudEvent, cloudEvent } from '../model/cloud-event.ts';
import type { Release, VulnerabilityReport, WatchedImage } from '../model/documents/vulnerabilities.ts';
import type { Finding } from '../model/finding.ts';
import { templateId } from '../model/ids.ts';
import type { Inventory } from '../model/inventory.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import type { Store } from '../ports/store.ts';
import { releaseOf } from './ecosystem.ts';
import { type DatabaseContext, refreshDatabase } from './refresh-database.ts';
import { reportOn } from './report.ts';

/** Distributions publish several times a day; who wants to know within an hour reads their lists. */
const REFRESH_HOURS = 24;
const MOST_TOLD = 50;

export type InventoryReader = (
  ref: TemplateRef,
  runId: RunId,
) => Promise<Pick<Inventory, 'os' | 'packages' | 'cut'> | undefined>;

export type WatchContext = DatabaseContext & {
  readonly store: Pick<Store, 'watchedImages' | 'runs' | 'outbox'>;
  /** What was found in the machine of a run; undefined when nothing was listed. */
  readonly inventoryOf: InventoryReader;
  readonly log: (line: string) => void;
};

/** Fetches what is older than a day, and compares every image that was published with what is new. */
export async function lookAfterImages(context: WatchContext): Promise<void> {
  const watched = await context.store.watchedImages.list();
  for (const [archive, releases] of wanted(watched)) await refreshOld(context, archive, releases);
  for (const image of watched) await look(context, image);
}

/** Releases by the archive that they are in. */
function wanted(watched: readonly WatchedImage[]): Map<string, readonly Release[]> {
  const byName = new Map(watched.map(({ release }) => [release.name, release]));
  const releases = [...byName.values()];
  const archives = new Set(releases.map(({ archive }) => archive));
  return new Map([...archives].map((name) => [name, releases.filter(({ archive }) => archive === name)]));
}

/** An archive that cannot be fetched costs only itself: the former one goes on, and its date is told with every answer. */
async function refreshOld(
  context: WatchContext,
  archive: string,
  releases: readonly Release[],
): Promise<void> {
  const { index, now, log } = context;
  const old: Release[] = [];
  for (const release of releases) {
    const info = await index.describe(release.name);
    const age = info === undefined ? Infinity : now().getTime() - Date.parse(info.fetchedAt);
    if (age >= REFRESH_HOURS * 3_600_000) old.push(release);
  }
  if (old.length === 0) return;
  try {
    await refreshDatabase(context, archive, old);
    log(`vulnerabilities: fetched ${old.map(({ name }) => name).join(', ')}`);
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    log(`vulnerabilities: ${error.message}`);
  }
}

async function look(context: WatchContext, image: WatchedImage): Promise<void> {
  const { store, index, now } = context;
  const { ref, runId, release, lookedAt = '' } = image;
  const info = await index.describe(release.name);
  if (info === undefined || info.fetchedAt <= lookedAt) return;
  const [run, inventory] = await Promise.all([store.runs.get(ref, runId), context.inventoryOf(ref, runId)]);
  if (run === undefined || inventory === undefined) return store.watchedImages.remove(runId);
  const report = await reportOn(inventory, index);
  const known = new Set(image.known);
  const fresh = report.findings.filter((finding) => !known.has(nameOf(finding)));
  // What an image was published with is no news.
  if (image.known !== undefined && fresh.length > 0)
    await store.outbox.addEvents([eventOf(image, report, { fresh, time: now().toISOString() })]);
  const names = report.findings.map(nameOf);
  await store.watchedImages.put({ ...image, known: names, lookedAt: info.fetchedAt });
}

const nameOf = ({ id, package: name, version }: Finding): string => `${id} ${name} ${version}`;

/** The same database gives the same id: what is told twice can be dropped. */
function eventOf(
  { ref, runId }: WatchedImage,
  { database, counts }: VulnerabilityReport,
  { fresh, time }: { fresh: readonly Finding[]; time: string },
): CloudEvent {
  return cloudEvent({
    id: `${runId}/vulnerabilities/${database?.fetchedAt ?? ''}`,
    source: templateId(ref),
    type: 'io.kiln.vulnerabilities.found',
    subject: `runs/${runId}`,
    time,
    data: {
      ...{
        templateId: templateId(ref),
        runId,
        new: fresh.length,
        findings: fresh.slice(0, MOST_TOLD),
        counts,
      },
      ...(database && { database }),
    },
  });
}

export function inventoryReader(store: Pick<Store, 'inventories'>): InventoryReader {
  return async (ref, runId) => (await store.inventories.get(ref, runId))?.inventory;
}

/** From now on the outputs of a run are looked after. Nothing is watched of which OSV has nothing to say. */
export async function watchImage(
  { store, inventoryOf }: Pick<WatchContext, 'store' | 'inventoryOf'>,
  { ref, runId }: Pick<WatchedImage, 'ref' | 'runId'>,
): Promise<void> {
  const inventory = await inventoryOf(ref, runId);
  const release = inventory && releaseOf(inventory.os);
  if (release === undefined || (await store.watchedImages.get(runId)) !== undefined) return;
  await store.watchedImages.put({ schema: 1, ref, runId, release });
}
