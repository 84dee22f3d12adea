import { ContainerClient, PageBlobClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { createSigner } from './sas.ts';
import { isAbsent, storageFailure } from './storage-error.ts';
import type { VhdBlobs } from './vhd-blobs.ts';

const RUN_METADATA = 'kilnrun';

/** VHDs beside the documents: container `vhds` of the same account. `container` tells account and credential. */
export function createVhdBlobs(container: ContainerClient): VhdBlobs {
  const account = container.url.slice(0, container.url.lastIndexOf('/'));
  const sign = createSigner(container);
  const vhds = `${account}/vhds`;
  const vhdContainer = new ContainerClient(vhds, container.credential);
  const blobAt = (url: string) => new PageBlobClient(url, container.credential);

  return {
    location: (uri, name) =>
      uri === '' ? `${vhds}/${encodeURIComponent(name)}` : (uri.split('?')[0] ?? uri),

    async startCopy(url, sourceSas, run) {
      const blob = blobAt(url);
      const existing = await propertiesOf(blob);
      const isOurs = existing?.metadata?.[RUN_METADATA] === run;
      if (isOurs && ['pending', 'success'].includes(existing.copyStatus ?? '')) return;
      if (existing !== undefined && !isOurs && existing.copyStatus === 'pending')
        throw new KilnError({
          code: 'NotOurs',
          message: `Another run is writing ${url}. Wait for it.`,
          target: url,
        });
      try {
        if (url.startsWith(`${vhds}/`)) await vhdContainer.createIfNotExists();
        await blob.beginCopyFromURL(sourceSas, { metadata: { [RUN_METADATA]: run } });
      } catch (error) {
        throw storageFailure(error, url);
      }
    },

    async look(url) {
      const found = await propertiesOf(blobAt(url));
      if (found === undefined) return { state: 'absent' };
      const reason = found.copyStatusDescription;
      switch (found.copyStatus) {
        case 'pending':
        case 'success':
          return { state: found.copyStatus };
        case 'failed':
        case 'aborted':
          return { state: 'failed', ...(reason !== undefined && { reason }) };
        case undefined:
          return { state: 'success' };
        default:
          return found.copyStatus satisfies never;
      }
    },

    async readUrl(url, validMinutes) {
      if (!url.startsWith(`${account}/`))
        throw new KilnError({
          code: 'OperationNotAllowed',
          message: `${url} is not in the storage account of Kiln. Read it with your own rights.`,
        });
      return sign(blobAt(url), 'r', validMinutes);
    },
  };
}

async function propertiesOf(blob: PageBlobClient) {
  try {
    return await blob.getProperties();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageFailure(error, blob.url);
  }
}
