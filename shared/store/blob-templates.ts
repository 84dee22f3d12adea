import type { ContainerClient } from '@azure/storage-blob';
import { inParallel } from '../parallel.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { blobHeads } from './blob-heads.ts';
import { listBlobs, listFolders } from './blob-listing.ts';
import { AT_ONCE, gathered } from './gathered.ts';
import { getDocument, putDocument, updateDocument } from './json-blobs.ts';
import { groupFolder, headKey, refOfFolder, subscriptionFolder, templateFolder } from './keys.ts';
import { foreignToken } from './page-token.ts';
import type { Store, TemplateScope } from '../ports/store.ts';

export function blobTemplates(container: ContainerClient, settled?: number): Store['templates'] {
  const heads = blobHeads(container, settled);
  /** Folders in order, and the marks of their heads. */
  const lookInto = (scope: TemplateScope) =>
    Promise.all([foldersOf(container, scope), heads.marks(folderOf(scope))]);
  const read = gathered((name) => getDocument<TemplateHead>(container, { name }), AT_ONCE);
  return {
    get: (ref) => read(headKey(ref).name, undefined),
    async put(head, condition) {
      await heads.mark(templateFolder(head.ref));
      return putDocument(container, headKey(head.ref), head, condition);
    },
    update: (ref, change) =>
      updateDocument(container, headKey(ref), change, () => heads.mark(templateFolder(ref))),

    async list(scope) {
      const [folders, marks] = await lookInto(scope);
      return heads.readAll(folders, marks);
    },

    async page(scope, { limit, after = '', isWanted = () => true }) {
      if (after !== '' && !after.startsWith(folderOf(scope))) throw foreignToken();
      const [all, marks] = await lookInto(scope);
      const folders = all.filter((folder) => folder > after && isWanted(refOfFolder(folder)));
      const wanted = folders.slice(0, limit);
      const last = folders.length > limit ? wanted.at(-1) : undefined;
      return { heads: await heads.readAll(wanted, marks), ...(last !== undefined && { last }) };
    },

    async remove(ref) {
      await heads.mark(templateFolder(ref));
      await container.getBlobClient(headKey(ref).name).deleteIfExists();
      await heads.forget(templateFolder(ref));
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

/** In the order of their names. Folders only are listed: a template's runs cost nothing here, however many there are. */
async function foldersOf(container: ContainerClient, scope: TemplateScope): Promise<string[]> {
  const folder = folderOf(scope);
  const groups = scope.resourceGroup === undefined ? await listFolders(container, folder) : [folder];
  const folders = await inParallel(groups, (group) => listFolders(container, group));
  return folders.flat().sort();
}
