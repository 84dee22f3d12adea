import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import { inContainer } from './container.ts';
import { isAbsent, statusOf, storageFailure } from './storage-error.ts';

/** https://learn.microsoft.com/rest/api/storageservices/append-block: 4 MiB in one call. */
const BLOCK_LIMIT = 4 * 1024 * 1024;

/** Appends; makes the blob when it is absent. */
export async function append(container: ContainerClient, name: string, bytes: Uint8Array): Promise<void> {
  const blob = container.getAppendBlobClient(name);
  try {
    for (let start = 0; start < bytes.length; start += BLOCK_LIMIT)
      await appendBlock(container, blob, bytes.subarray(start, start + BLOCK_LIMIT));
  } catch (error) {
    throw storageFailure(error, name);
  }
}

async function appendBlock(
  container: ContainerClient,
  blob: AppendBlobClient,
  block: Uint8Array,
): Promise<void> {
  try {
    await blob.appendBlock(block, block.length);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await inContainer(container, () => blob.createIfNotExists());
    await blob.appendBlock(block, block.length);
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
