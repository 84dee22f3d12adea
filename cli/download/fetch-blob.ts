import { rename, rm } from 'node:fs/promises';
import { CliError, EXIT } from '../errors.ts';
import { SparseWriter } from './sparse-file.ts';

export type Progress = (received: number, total: number) => void;

const ATTEMPTS = 5;

/**
 * Downloads a blob to `file`, sparse, through `file.part`. A broken connection is taken up where it broke; the blob's
 * ETag guards against another content in between. Returns length and bytes on disk.
 */
export async function fetchBlob(
  url: string,
  file: string,
  progress: Progress,
): Promise<{ length: number; dataLength: number }> {
  const part = `${file}.part`;
  const writer = await SparseWriter.create(part);
  try {
    const total = await fetchAll(url, writer, progress);
    await writer.close();
    if (writer.length !== total) throw broken(`it has ${writer.length} bytes instead of ${total}`);
    await rename(part, file);
    return { length: writer.length, dataLength: writer.dataLength };
  } catch (error) {
    await writer.abandon().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

async function fetchAll(url: string, writer: SparseWriter, progress: Progress): Promise<number> {
  let etag: string | undefined;
  let total = Number.NaN;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const response = await fetch(url, { headers: rangeHeaders(writer.length, etag) });
      if (!response.ok || response.body === null) throw broken(`storage answered ${response.status}`);
      etag ??= response.headers.get('etag') ?? undefined;
      if (writer.length === 0) total = Number(response.headers.get('content-length') ?? Number.NaN);
      for await (const chunk of response.body) {
        await writer.write(chunk);
        progress(writer.length, total);
      }
      if (!(writer.length < total)) return Number.isFinite(total) ? total : writer.length;
    } catch (error) {
      // A refusal stays one; only a connection that broke is worth another attempt.
      if (error instanceof CliError || isOfTheDisk(error)) throw error;
    }
  }
  throw broken(`the connection broke ${ATTEMPTS} times`);
}

function rangeHeaders(offset: number, etag: string | undefined): Record<string, string> {
  if (offset === 0) return {};
  return { range: `bytes=${offset}-`, ...(etag === undefined ? {} : { 'if-match': etag }) };
}

/** A full disk does not get better with another attempt. */
const isOfTheDisk = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'errno' in error;

/** The URL itself is a secret and stays out of the message. */
function broken(reason: string): CliError {
  return new CliError({
    exitCode: EXIT.unreachable,
    message: `The file could not be downloaded: ${reason}.`,
  });
}
