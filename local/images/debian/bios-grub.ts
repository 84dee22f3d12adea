import { open, readFile } from 'node:fs/promises';

const SECTOR = 512;
/** The partition table begins behind the code area of the master boot record. */
const CODE_AREA = 440;
/** In boot.img: sector of the core image, 8 bytes. */
const KERNEL_SECTOR = 0x5c;
/** In boot.img: a jump that distrusts the drive number of a BIOS; grub-install replaces it for hard disks. */
const DRIVE_CHECK = 0x66;
/** In the first sector of core.img: where the rest lies, as (sector, count, segment). */
const BLOCK_LIST = 0x1f4;
const LOAD_SEGMENT = 0x820;
const NOP = 0x90;

/** What grub-install writes for `boot.img` and `core.img` when the core image starts at `sector`. */
export function placeGrub(
  boot: Uint8Array,
  core: Uint8Array,
  sector: number,
): { readonly code: Buffer; readonly core: Buffer } {
  const code = Buffer.from(boot.subarray(0, CODE_AREA));
  code.writeBigUInt64LE(BigInt(sector), KERNEL_SECTOR);
  code.fill(NOP, DRIVE_CHECK, DRIVE_CHECK + 2);
  const sectors = Math.ceil(core.length / SECTOR);
  const placed = Buffer.alloc(sectors * SECTOR);
  placed.set(core);
  placed.writeBigUInt64LE(BigInt(sector + 1), BLOCK_LIST);
  placed.writeUInt16LE(sectors - 1, BLOCK_LIST + 8);
  placed.writeUInt16LE(LOAD_SEGMENT, BLOCK_LIST + 10);
  return { code, core: placed };
}

/** Makes a raw disk bootable by BIOS without mounting it, which grub-install cannot do. */
export async function installBiosGrub(
  disk: string,
  images: { readonly boot: string; readonly core: string },
  partition: { readonly sector: number; readonly sectors: number },
): Promise<void> {
  const placed = placeGrub(await readFile(images.boot), await readFile(images.core), partition.sector);
  if (placed.core.length > partition.sectors * SECTOR)
    throw new Error(`GRUB's core image has ${placed.core.length} bytes and does not fit its partition`);
  const handle = await open(disk, 'r+');
  try {
    await handle.write(placed.code, 0, placed.code.length, 0);
    await handle.write(placed.core, 0, placed.core.length, partition.sector * SECTOR);
  } finally {
    await handle.close();
  }
}
