import type { ContainerClient } from '@azure/storage-blob';
import { storageFailure } from './storage-error.ts';

/** Names of the folders directly below `prefix`, with the prefix and the slash. One request per 5000. */
export async function listFolders(container: ContainerClient, prefix: string): Promise<string[]> {
  const folders: string[] = [];
  try {
    for await (const item of container.listBlobsByHierarchy('/', { prefix }))
      if (item.kind === 'prefix') folders.push(item.name);
  } catch (error) {
    throw storageFailure(error, prefix);
  }
  return folders;
}

/** Names of all blobs below `prefix`, with the prefix. One request per 5000. */
export async function listBlobs(container: ContainerClient, prefix: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const item of container.listBlobsFlat({ prefix })) names.push(item.name);
  } catch (error) {
    throw storageFailure(error, prefix);
  }
  return names;
}

/** `Promise.all` with at most 32 at a time: enough to hide latency, few enough for one account and one process. */
export async function inParallel<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (let start = 0; start < items.length; start += 32)
    results.push(...(await Promise.all(items.slice(start, start + 32).map(work))));
  return results;
}
