import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { inParallel } from '../parallel.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { groupFolder, headKey, headKeyIn, refOfFolder, subscriptionFolder, templateFolder } from './keys.ts';
import type { TemplateHead } from './documents.ts';
import type { Store, TemplateScope } from './store.ts';

export function blobTemplates(container: ContainerClient): Store['templates'] {
  return {
    get: (ref) => getDocument(container, headKey(ref)),
    put: (head, condition) => putDocument(container, headKey(head.ref), head, condition),
    update: (ref, change) => updateDocument(container, headKey(ref), change),

    list: async (scope) => readHeads(container, await foldersOf(container, scope)),

    async page(scope, { limit, after = '', isWanted = () => true }) {
      if (after !== '' && !after.startsWith(folderOf(scope))) throw foreignToken();
      const folders = (await foldersOf(container, scope)).filter(
        (folder) => folder > after && isWanted(refOfFolder(folder)),
      );
      const wanted = folders.slice(0, limit);
      const last = folders.length > limit ? wanted.at(-1) : undefined;
      return { heads: await readHeads(container, wanted), ...(last !== undefined && { last }) };
    },

    async remove(ref) {
      await container.getBlobClient(headKey(ref).name).deleteIfExists();
      const blobs = await listBlobs(container, templateFolder(ref));
      // A head that is there again belongs to a new template of the same name.
      const old = blobs.filter(({ name }) => name !== headKey(ref).name);
      await inParallel(old, ({ name }) => container.getBlobClient(name).deleteIfExists());
    },
  };
}

function folderOf({ subscriptionId, resourceGroup }: TemplateScope): string {
  return resourceGroup === undefined
    ? subscriptionFolder(subscriptionId)
    : groupFolder(subscriptionId, resourceGroup);
}

function foreignToken(): KilnError {
  const message =
    'The $skipToken is not from a nextLink of this list. Follow a nextLink as it is, or begin without one.';
  return new KilnError({ code: 'InvalidValue', target: '$skipToken', message });
}

/** In the order of their names. Folders only are listed: a template's runs cost nothing here, however many there are. */
async function foldersOf(container: ContainerClient, scope: TemplateScope): Promise<string[]> {
  const folder = folderOf(scope);
  const groups = scope.resourceGroup === undefined ? await listFolders(container, folder) : [folder];
  const folders = await inParallel(groups, (group) => listFolders(container, group));
  return folders.flat().sort();
}

async function readHeads(container: ContainerClient, folders: readonly string[]): Promise<TemplateHead[]> {
  const heads = await inParallel(folders, (folder) => getDocument(container, headKeyIn(folder)));
  return heads.flatMap((head) => head?.value ?? []);
}
