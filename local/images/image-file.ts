import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { command } from '../machines/command.ts';

export type ImageFormat = 'qcow2' | 'raw' | 'vpc';

const PIECE = 1024 * 1024;

/** SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    // One buffer for all: a stream makes a new one for each piece, and hundreds of MB of them wait to be collected.
    const piece = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, PIECE);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** The line that `sha256sum` writes, so that people can check the cache by hand. */
export function checksumLine(sha256: string, file: string): string {
  return `${sha256}  ${basename(file)}\n`;
}

/** The checksum stored beside an image; undefined when there is none. */
export async function storedChecksum(file: string): Promise<string | undefined> {
  const text = await readFile(`${file}.sha256`, 'utf8').catch(() => '');
  return /^[0-9a-f]{64}(?= )/.exec(text)?.[0];
}

/** Throws, with what to do, unless the file has the checksum and, as qcow2, a sound structure. */
export async function verifyImage(
  file: string,
  format: ImageFormat,
  sha256: string | undefined,
): Promise<void> {
  const actual = sha256 === undefined ? undefined : await sha256Of(file);
  if (actual !== sha256?.toLowerCase())
    throw new Error(`${file} has the SHA-256 checksum ${actual}, not ${sha256}; delete it, or restore it`);
  if (format === 'qcow2') await command('qemu-img', ['check', '-q', '-f', 'qcow2', file]);
}

/** Changes when the file changes; used to verify each file once per process. */
export async function fileStamp(file: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}
