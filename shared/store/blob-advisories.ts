import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ContainerClient } from '@azure/storage-blob';
import type { DatabaseInfo } from '../model/documents/vulnerabilities.ts';
import type { AdvisoryIndex } from '../ports/advisory-index.ts';
import { getDocument, putDocument } from './json-blobs.ts';
import { type AdvisoryFile, advisoryInfoKey } from './keys.ts';
import { isAbsent, storageFailure } from './storage-error.ts';

const PART = 1024 * 1024;

/** A gzip of lines for each release, and beside it a document that names it: whoever reads sees one index or the next. */
export function blobAdvisories(container: ContainerClient): AdvisoryIndex {
  const infoOf = async (ecosystem: string) =>
    (await getDocument(container, advisoryInfoKey(ecosystem)))?.value;
  return {
    async describe(ecosystem) {
      const found = await infoOf(ecosystem);
      return found && shown(found);
    },
    async *lines(ecosystem) {
      const found = await infoOf(ecosystem);
      if (found !== undefined) yield* linesOf(container, found.file);
    },
    async write(ecosystem, lines, describe) {
      const before = await infoOf(ecosystem);
      const key = advisoryInfoKey(ecosystem);
      const folder = key.name.slice(0, key.name.lastIndexOf('/'));
      const file = `${folder}/${createHash('sha256').update(crypto.randomUUID()).digest('hex').slice(0, 16)}.gz`;
      await upload(container, file, lines);
      try {
        await putDocument(container, key, { schema: 1, ecosystem, file, ...describe() });
      } catch (error) {
        await container.getBlockBlobClient(file).deleteIfExists();
        throw error;
      }
      if (before !== undefined) await container.getBlockBlobClient(before.file).deleteIfExists();
    },
  };
}

function shown({ schema: _schema, file: _file, ...info }: AdvisoryFile): DatabaseInfo {
  return info;
}

/** What makes the lines may fail in the middle: the blob is not there then, because a block blob exists when it is complete. */
async function upload(container: ContainerClient, file: string, lines: AsyncIterable<string>): Promise<void> {
  const packed = createGzip();
  const written = container.getBlockBlobClient(file).uploadStream(packed, PART, 2);
  const [read, stored] = await Promise.allSettled([
    pipeline(Readable.from(withEnds(lines)), packed),
    written,
  ]);
  if (read.status === 'rejected') throw read.reason;
  if (stored.status === 'rejected') throw storageFailure(stored.reason, file);
}

async function* withEnds(lines: AsyncIterable<string>): AsyncIterable<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function* linesOf(container: ContainerClient, file: string): AsyncIterable<string> {
  try {
    const { readableStreamBody } = await container.getBlobClient(file).download();
    if (readableStreamBody === undefined) return;
    const unpacked = createGunzip();
    // What breaks it is told by the reading of it.
    pipeline(readableStreamBody, unpacked).catch(() => undefined);
    yield* splitLines(unpacked);
  } catch (error) {
    // Replaced while it was read: the next look reads the new one.
    if (!isAbsent(error)) throw storageFailure(error, file);
  }
}

/** Not with `readline`, which reads on while nobody asks for more. */
async function* splitLines(chunks: AsyncIterable<unknown>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) continue;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
