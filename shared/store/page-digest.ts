import { createHash, type Hash } from 'node:crypto';
import type { PageBlobClient } from '@azure/storage-blob';
import type { ContentDigest } from '../ports/vhd-blobs.ts';

type Range = { readonly offset: number; readonly count: number };

const MIB = 1024 * 1024;
const ZEROS = Buffer.alloc(MIB);
/** Holes smaller than this are read along: a request costs more than the zeros. */
const SMALL_HOLE = 4 * MIB;
/** Read at a time: what is held in memory is the stream's buffer, not this. */
const LONGEST_READ = 256 * MIB;

/** The SHA-256 of a page blob, of which only the pages with data are read: holes are zeros by definition. */
export async function digestOf(blob: PageBlobClient, mostBytes: number): Promise<ContentDigest> {
  let etag: string | undefined;
  try {
    const found = await blob.getProperties();
    etag = found.etag;
    const known = etag === undefined ? {} : { etag };
    if (mostBytes === 0 || etag === undefined) return known;
    const ranges = await rangesOf(blob, etag);
    if (ranges.reduce((sum, { count }) => sum + count, 0) > mostBytes) return known;
    return { ...known, sha256: await hashOf(blob, { ranges, length: found.contentLength ?? 0, etag }) };
  } catch {
    // Provenance says less then; the blob itself was checked when it was written.
    return etag === undefined ? {} : { etag };
  }
}

async function rangesOf(blob: PageBlobClient, etag: string): Promise<Range[]> {
  const ranges: Range[] = [];
  for await (const range of blob.listPageRanges(0, undefined, { conditions: { ifMatch: etag } }))
    if (!range.isClear && range.end !== undefined)
      ranges.push({ offset: range.start, count: range.end - range.start + 1 });
  return joined(ranges);
}

/** Neighbours as one, and none longer than a read. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const { offset, count } of ranges) {
    const last = all.at(-1);
    const end = offset + count;
    if (
      last !== undefined &&
      offset - last.offset - last.count < SMALL_HOLE &&
      end - last.offset <= LONGEST_READ
    )
      all.splice(-1, 1, { offset: last.offset, count: end - last.offset });
    else all.push({ offset, count });
  }
  return all;
}

async function hashOf(
  blob: PageBlobClient,
  { ranges, length, etag }: { ranges: readonly Range[]; length: number; etag: string },
): Promise<string> {
  const hash = createHash('sha256');
  let at = 0;
  for (const { offset, count } of ranges) {
    addZeros(hash, offset - at);
    const { readableStreamBody = [] } = await blob.download(offset, count, { conditions: { ifMatch: etag } });
    let read = 0;
    for await (const chunk of readableStreamBody) {
      hash.update(chunk);
      read += chunk.length;
    }
    if (read !== count) throw new Error(`${read} of ${count} bytes came.`);
    at = offset + count;
  }
  addZeros(hash, length - at);
  return hash.digest('hex');
}

function addZeros(hash: Hash, count: number): void {
  for (let left = count; left > 0; left -= ZEROS.length)
    hash.update(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
}
