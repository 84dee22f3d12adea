import { open, rename, rm } from 'node:fs/promises';
import { command } from '../command.ts';

const MIB = 1024 * 1024;
const FOOTER_BYTES = 512;
const COOKIE = 'conectix';
const FIXED = 2;
const CHECKSUM_AT = 64;

/** What Azure reads of the footer of a VHD. All numbers are big-endian; specification: [MS-VHD] "Hard Disk Footer". */
export type VhdFooter = { readonly currentSize: number; readonly type: number };

/** Azure takes only disks whose virtual size is a whole number of MiB. */
export function roundUpToMiB(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}

/** Reads a footer. Throws when it is none or damaged. */
export function readVhdFooter(bytes: Uint8Array): VhdFooter {
  const footer = Buffer.from(bytes);
  if (footer.length !== FOOTER_BYTES || footer.toString('latin1', 0, COOKIE.length) !== COOKIE)
    throw new Error('the last 512 bytes are no VHD footer');
  const sum = footerChecksum(footer);
  if (footer.readUInt32BE(CHECKSUM_AT) !== sum) throw new Error('the checksum of the VHD footer is wrong');
  return { currentSize: Number(footer.readBigUInt64BE(48)), type: footer.readUInt32BE(60) };
}

/** One's complement of the sum of all bytes outside the checksum itself. */
export function footerChecksum(footer: Uint8Array): number {
  const sum = footer.reduce(
    (total, byte, at) => (at >= CHECKSUM_AT && at < CHECKSUM_AT + 4 ? total : total + byte),
    0,
  );
  return ~sum >>> 0;
}

/**
 * Copies a qcow2 file into a fixed VHD of exactly its virtual size, which must be whole MiB; sparse where the file system
 * allows. `file` appears only when it is complete and its footer is right.
 */
export async function writeVhd(qcow2: string, size: number, file: string): Promise<void> {
  const temporary = `${file}.part`;
  try {
    const options = ['-f', 'qcow2', '-O', 'vpc', '-o', 'subformat=fixed,force_size', '-t', 'unsafe'];
    await command('qemu-img', ['convert', ...options, qcow2, temporary]);
    await checkVhd(temporary, size);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Throws unless the file is a fixed VHD of `size` bytes that Azure would take. */
export async function checkVhd(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const total = (await handle.stat()).size;
    const bytes = Buffer.alloc(FOOTER_BYTES);
    await handle.read(bytes, 0, FOOTER_BYTES, total - FOOTER_BYTES);
    const footer = readVhdFooter(bytes);
    if (
      footer.type !== FIXED ||
      footer.currentSize !== size ||
      total !== size + FOOTER_BYTES ||
      size % MIB !== 0
    )
      throw new Error(
        `${file} is not a fixed VHD of ${size} bytes: type ${footer.type}, ${footer.currentSize} bytes in a file of ${total}`,
      );
  } finally {
    await handle.close();
  }
}
