import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import { inContainer } from './container.ts';
import { isAbsent, statusOf, storageFailure } from './storage-error.ts';

/** https://learn.microsoft.com/rest/api/storageservices/append-block: 4 MiB in one call. */
const BLOCK_LIMIT = 4 * 1024 * 1024;

/** Appends; makes the blob when it is absent. Answers how many bytes were there before; undefined when there was nothing to append. */
export async function append(
  container: ContainerClient,
  name: string,
  bytes: Uint8Array,
): Promise<number | undefined> {
  const blob = container.getAppendBlobClient(name);
  let before: number | undefined;
  try {
    for (let start = 0; start < bytes.length; start += BLOCK_LIMIT) {
      const at = await appendBlock(container, blob, bytes.subarray(start, start + BLOCK_LIMIT));
      before ??= at;
    }
    return before;
  } catch (error) {
    throw storageFailure(error, name);
  }
}

/**
 * Writes bytes at their place, once: what another has written there already is the same and stays.
 * https://learn.microsoft.com/rest/api/storageservices/append-block (x-ms-blob-condition-appendpos)
 */
export async function fill(
  container: ContainerClient,
  name: string,
  { at, bytes }: { readonly at: number; readonly bytes: Uint8Array },
): Promise<void> {
  const blob = container.getAppendBlobClient(name);
  try {
    if (at === 0) await inContainer(container, () => blob.createIfNotExists());
    let done = 0;
    while (done < bytes.length) {
      const block = bytes.subarray(done, done + BLOCK_LIMIT);
      if (await isAppended(blob, block, at + done)) {
        done += block.length;
        continue;
      }
      const there = ((await blob.getProperties()).contentLength ?? 0) - at;
      if (there <= done)
        throw new KilnError({ code: 'BrokenInvariant', message: `${name} has become shorter.` });
      done = there;
    }
  } catch (error) {
    throw storageFailure(error, name);
  }
}

/** False when the blob does not end there. */
async function isAppended(
  blob: AppendBlobClient,
  block: Uint8Array,
  appendPosition: number,
): Promise<boolean> {
  try {
    await blob.appendBlock(block, block.length, { conditions: { appendPosition } });
    return true;
  } catch (error) {
    if (statusOf(error) === 412) return false;
    throw error;
  }
}

async function appendBlock(
  container: ContainerClient,
  blob: AppendBlobClient,
  block: Uint8Array,
): Promise<number> {
  const once = async (): Promise<number> =>
    Number((await blob.appendBlock(block, block.length)).blobAppendOffset);
  try {
    return await once();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await inContainer(container, () => blob.createIfNotExists());
    return await once();
  }
}

/** Bytes from `offset`, at most `limit`. Empty when the blob is absent or ends before. */
export async function readRange(
  container: ContainerClient,
  name: string,
  offset: number,
  limit?: number,
): Promise<Uint8Array> {
  try {
    const answer = await container.getBlobClient(name).download(offset, limit);
    return await readAll(answer.readableStreamBody);
  } catch (error) {
    // 416: the blob has no byte at the offset yet.
    if (isAbsent(error) || statusOf(error) === 416) return new Uint8Array();
    throw storageFailure(error, name);
  }
}

export async function readAll(stream: AsyncIterable<string | Buffer> | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}
