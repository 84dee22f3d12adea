import { ContainerClient, PageBlobClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { digestOf } from './page-digest.ts';
import { createSigner } from './sas.ts';
import { isAbsent, storageFailure } from './storage-error.ts';
import { assertOwnVhd, isOwnVhd, vhdAddress, VHDS } from './vhd-address.ts';
import type { VhdBlobs } from '../ports/vhd-blobs.ts';

const RUN_METADATA = 'kilnrun';

/** VHDs beside the documents: container `vhds` of the same account. `container` tells account and credential. */
export function createVhdBlobs(container: ContainerClient): VhdBlobs {
  const account = container.url.slice(0, container.url.lastIndexOf('/'));
  const own = { account, documents: container.url };
  const sign = createSigner(container);
  const vhds = new ContainerClient(`${account}/${VHDS}`, container.credential);
  // Checked at each use: the client sends its token to whatever host the URL names.
  const blobAt = (url: string) => new PageBlobClient(vhdAddress(url, own), container.credential);

  return {
    location(uri, name, ref) {
      if (uri === '') return `${vhds.url}/${encodeURIComponent(name)}`;
      const url = vhdAddress(uri, own);
      assertOwnVhd(url, own, ref);
      return url;
    },
    isOwn: (ref, uri) => isOwnVhd(uri, account, ref),
    async startCopy(url, sourceSas, run) {
      const blob = blobAt(url);
      if (!(await mayCopy(blob, run))) return;
      if (url.startsWith(`${vhds.url}/`)) await vhds.createIfNotExists();
      try {
        await blob.beginCopyFromURL(sourceSas, { metadata: { [RUN_METADATA]: run } });
      } catch (error) {
        if (isAbsent(error)) throw noContainer(url);
        throw storageFailure(error, url);
      }
    },
    look: (url) => look(blobAt(url)),
    discardCopy: (url, run) => discardCopy(blobAt(url), run),
    digest: (url, mostBytes) => digestOf(blobAt(url), mostBytes),
    async readUrl(url, validMinutes) {
      if (url.startsWith(`${account}/`)) return sign(blobAt(url), 'r', validMinutes);
      const message = `${url} is not in the storage account of Kiln.`;
      const remedy =
        'Read it with your own rights: az storage blob download --auth-mode login --blob-url URL';
      throw new KilnError({ code: 'OperationNotAllowed', message, remedy });
    },
  };
}

/** Kiln makes its own container only: another one may be missing because its name is a slip. */
function noContainer(url: string): KilnError {
  const message = `There is no container for ${url}. Create it, or correct the URL.`;
  return new KilnError({ code: 'TargetNotFound', message, target: url });
}

/** False when this run's copy is under way or done. Throws `NotOurs` while another run is writing the blob. */
async function mayCopy(blob: PageBlobClient, run: string): Promise<boolean> {
  const existing = await propertiesOf(blob);
  if (existing === undefined) return true;
  const { copyStatus = '' } = existing;
  if (existing.metadata?.[RUN_METADATA] === run) return !['pending', 'success'].includes(copyStatus);
  if (copyStatus !== 'pending') return true;
  const message = `Another run is writing ${blob.url}. Wait for it, or name another blob.`;
  throw new KilnError({ code: 'NotOurs', message, target: blob.url });
}

async function look(blob: PageBlobClient): ReturnType<VhdBlobs['look']> {
  const found = await propertiesOf(blob);
  if (found === undefined) return { state: 'absent' };
  const { copyStatus = 'success', copyStatusDescription: reason } = found;
  if (copyStatus === 'pending' || copyStatus === 'success') return { state: copyStatus };
  return { state: 'failed', ...(reason !== undefined && { reason }) };
}

async function discardCopy(blob: PageBlobClient, run: string): Promise<void> {
  const found = await propertiesOf(blob);
  if (found?.metadata?.[RUN_METADATA] !== run || found.copyStatus === 'success') return;
  try {
    if (found.copyStatus === 'pending' && found.copyId !== undefined)
      await blob.abortCopyFromURL(found.copyId);
    await blob.deleteIfExists();
  } catch (error) {
    throw storageFailure(error, blob.url);
  }
}

async function propertiesOf(blob: PageBlobClient) {
  try {
    return await blob.getProperties();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageFailure(error, blob.url);
  }
}
