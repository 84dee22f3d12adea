/**
 * The 512-byte footer of a fixed VHD, "Virtual Hard Disk Image Format Specification" 1.0. Azure takes fixed disks whose
 * size is a multiple of 1 MiB: https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic
 */

export const FOOTER_BYTES = 512;
const MIB = 1024 * 1024;
const COOKIE = 'conectix';
/** Seconds from 1970 to 2000-01-01T00:00:00Z, where VHD time starts. */
const VHD_EPOCH = 946_684_800;
const FIXED = 2;

export type VhdFooter = {
  readonly size: number;
  readonly uniqueId: string;
  /** Milliseconds since 1970; the format keeps whole seconds from the year 2000. */
  readonly createdAt: number;
};

/** Throws a RangeError unless `size` is a positive multiple of 1 MiB. */
export function writeFooter({ size, uniqueId, createdAt }: VhdFooter): Buffer {
  if (!Number.isSafeInteger(size) || size <= 0 || size % MIB !== 0)
    throw new RangeError(`A fixed VHD for Azure is a multiple of 1 MiB, not ${size} bytes.`);
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.write(COOKIE, 0, 'latin1');
  footer.writeUInt32BE(2, 8); // features: the reserved bit, always set
  footer.writeUInt32BE(0x0001_0000, 12); // format version 1.0
  footer.fill(0xff, 16, 24); // a fixed disk has no dynamic header
  footer.writeUInt32BE(Math.max(0, Math.floor(createdAt / 1000) - VHD_EPOCH), 24);
  // Windows' own mark: QEMU and others believe the size field of creators they know, and compute it from the geometry,
  // which cannot express every size, for the rest.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0x0001_0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  const { cylinders, heads, sectorsPerTrack } = geometry(size);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectorsPerTrack, 59);
  footer.writeUInt32BE(FIXED, 60);
  Buffer.from(uniqueId.replaceAll('-', ''), 'hex').copy(footer, 68, 0, 16);
  footer.writeUInt32BE(checksum(footer), 64);
  return footer;
}

/** Reads a footer; undefined when the bytes are not the intact footer of a fixed VHD. */
export function readFooter(footer: Buffer): VhdFooter | undefined {
  if (footer.length !== FOOTER_BYTES || footer.toString('latin1', 0, 8) !== COOKIE) return undefined;
  if (footer.readUInt32BE(60) !== FIXED || footer.readUInt32BE(64) !== checksum(footer)) return undefined;
  const hex = footer.toString('hex', 68, 84);
  const uniqueId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return {
    size: Number(footer.readBigUInt64BE(48)),
    uniqueId,
    createdAt: (footer.readUInt32BE(24) + VHD_EPOCH) * 1000,
  };
}

/** One's complement of the sum of all bytes, the checksum field itself left out. */
function checksum(footer: Buffer): number {
  let sum = 0;
  for (const [index, byte] of footer.entries()) if (index < 64 || index >= 68) sum += byte;
  return ~sum >>> 0;
}

/** Cylinders, heads and sectors by the specification's appendix; readers use the size fields, but must find these. */
export function geometry(size: number): { cylinders: number; heads: number; sectorsPerTrack: number } {
  const sectors = Math.min(size / 512, 65_535 * 16 * 255);
  if (sectors >= 65_535 * 16 * 63)
    return { cylinders: Math.floor(sectors / 255 / 16), heads: 16, sectorsPerTrack: 255 };
  let sectorsPerTrack = 17;
  let tracks = Math.floor(sectors / sectorsPerTrack);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    [sectorsPerTrack, heads] = [31, 16];
    tracks = Math.floor(sectors / sectorsPerTrack);
  }
  if (tracks >= heads * 1024) {
    [sectorsPerTrack, heads] = [63, 16];
    tracks = Math.floor(sectors / sectorsPerTrack);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectorsPerTrack };
}
