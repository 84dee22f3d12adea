import { open } from 'node:fs/promises';

const MIB = 1024 * 1024;
export const FOOTER_BYTES = 512;

export type VhdVerdict =
  | { readonly ok: true; /** Bytes a machine sees. */ readonly virtualSize: number }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Checks what Azure asks of an uploaded VHD: fixed, a whole number of MiB, and a footer that agrees with the file.
 * https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic
 */
export function checkFooter(footer: Buffer, fileLength: number): VhdVerdict {
  if (footer.length !== FOOTER_BYTES || footer.toString('latin1', 0, 8) !== 'conectix')
    return { ok: false, problems: ['the last 512 bytes are no VHD footer'] };
  const problems: string[] = [];
  const virtualSize = Number(footer.readBigUInt64BE(48));
  const type = footer.readUInt32BE(60);
  const checksum = footer.readUInt32BE(64);
  if (type !== 2) problems.push(`the disk type is ${type}, not 2 (fixed)`);
  if (virtualSize !== fileLength - FOOTER_BYTES)
    problems.push(`the footer tells ${virtualSize} bytes, the file holds ${fileLength - FOOTER_BYTES}`);
  if (virtualSize % MIB !== 0) problems.push(`${virtualSize} bytes are no whole number of MiB`);
  if (checksum !== footerChecksum(footer)) problems.push('the checksum of the footer is wrong');
  return problems.length === 0 ? { ok: true, virtualSize } : { ok: false, problems };
}

/** One's complement of the sum of all bytes but the checksum's own four. */
export function footerChecksum(footer: Buffer): number {
  let sum = 0;
  for (const [index, byte] of footer.entries()) if (index < 64 || index >= 68) sum += byte;
  return ~sum >>> 0;
}

/** Reads the footer of a file and checks it. */
export async function checkVhdFile(file: string): Promise<VhdVerdict> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const footer = Buffer.alloc(Math.min(FOOTER_BYTES, size));
    await handle.read(footer, 0, footer.length, size - footer.length);
    return checkFooter(footer, size);
  } finally {
    await handle.close();
  }
}
