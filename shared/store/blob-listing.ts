import type { ContainerClient } from '@azure/storage-blob';
import { hasNoContainer } from './container.ts';
import { storageFailure } from './storage-error.ts';

type ListedBlob = { readonly name: string; readonly bytes: number; readonly modified: Date };

/** Names of the folders directly below `prefix`, with the prefix and the slash. One request per 5000. */
export async function listFolders(container: ContainerClient, prefix: string): Promise<string[]> {
  const folders: string[] = [];
  try {
    for await (const item of container.listBlobsByHierarchy('/', { prefix }))
      if (item.kind === 'prefix') folders.push(item.name);
  } catch (error) {
    if (!hasNoContainer(error)) throw storageFailure(error, prefix);
  }
  return folders;
}

/** All blobs below `prefix`; names have the prefix. One request per 5000. */
export async function listBlobs(container: ContainerClient, prefix: string): Promise<ListedBlob[]> {
  const blobs: ListedBlob[] = [];
  try {
    for await (const { name, properties } of container.listBlobsFlat({ prefix }))
      blobs.push({ name, bytes: properties.contentLength ?? 0, modified: properties.lastModified });
  } catch (error) {
    if (!hasNoContainer(error)) throw storageFailure(error, prefix);
  }
  return blobs;
}
