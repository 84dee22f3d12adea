import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { runId } from '../model/convert.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { inContainer } from './container.ts';
import type { Run } from '../model/documents/documents.ts';
import { getDocument } from './json-blobs.ts';
import { runKey, runOrderEntry, runOrderFolder, runsFolder } from './keys.ts';
import { storageFailure } from './storage-error.ts';

export type OrderedRun = { readonly id: RunId; readonly entry: string };

/** Before the run itself, so that a run that is there has its place: an entry without a run is passed over. */
export async function noteOrder(container: ContainerClient, run: Run): Promise<void> {
  const name = `${runOrderFolder(run.ref)}${runOrderEntry(run)}`;
  try {
    await inContainer(container, () => container.getBlockBlobClient(name).upload('', 0));
  } catch (error) {
    throw storageFailure(error, name);
  }
}

/**
 * The runs of a template, newest first, by two listings and without reading one of them. Runs of a version of Kiln that
 * kept no order are read once, to be given their places.
 */
export async function orderedRuns(container: ContainerClient, ref: TemplateRef): Promise<OrderedRun[]> {
  const [folders, ordered] = await Promise.all([
    listFolders(container, runsFolder(ref)),
    readOrder(container, ref),
  ]);
  const known = new Set(ordered.map(({ id }) => id));
  const ids = folders.map((folder) => runId(folder.slice(runsFolder(ref).length, -1)));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return ordered;
  const added = await inParallel(unknown, async (id) => {
    const run = (await getDocument(container, runKey(ref, id)))?.value;
    if (run === undefined) return [];
    await noteOrder(container, run);
    return [{ id, entry: runOrderEntry(run) }];
  });
  return [...ordered, ...added.flat()].sort((a, b) => (a.entry < b.entry ? -1 : 1));
}

/** Two processes that claimed one run may have noted two times: the earlier one counts. */
async function readOrder(container: ContainerClient, ref: TemplateRef): Promise<OrderedRun[]> {
  const blobs = await listBlobs(container, runOrderFolder(ref));
  const entries = new Map<RunId, string>();
  for (const { name } of blobs) {
    const entry = name.slice(runOrderFolder(ref).length);
    entries.set(runId(entry.slice(entry.indexOf('-') + 1)), entry);
  }
  return [...entries].map(([id, entry]) => ({ id, entry })).sort((a, b) => (a.entry < b.entry ? -1 : 1));
}
