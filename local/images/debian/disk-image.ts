import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../../machines/command.ts';
import { installBiosGrub } from './bios-grub.ts';
import { ROOT_UUID } from './guest-files.ts';
import { asRoot } from './root-tree.ts';

const MIB = 1024 * 1024;
const SECTORS_PER_MIB = 2048;

/** Debian's own Azure images use the same partition numbers: 14 BIOS boot, 15 EFI, 1 root. The last can grow. */
const LAYOUT = {
  sizeMiB: 2048,
  bios: { startMiB: 1, sizeMiB: 1 },
  efi: { startMiB: 2, sizeMiB: 64 },
  root: { startMiB: 66, sizeMiB: 2048 - 66 - 1 },
};

/** Partition types: https://uapi-group.org/specifications/specs/discoverable_partitions_specification/ */
const PARTITION_TABLE = `label: gpt
first-lba: 2048
14 : start=${LAYOUT.bios.startMiB}MiB, size=${LAYOUT.bios.sizeMiB}MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
15 : start=${LAYOUT.efi.startMiB}MiB, size=${LAYOUT.efi.sizeMiB}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=esp
1 : start=${LAYOUT.root.startMiB}MiB, size=${LAYOUT.root.sizeMiB}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root
`;

const FIND_CONFIG = `search --no-floppy --fs-uuid --set=root ${ROOT_UUID}
set prefix=($root)/boot/grub
configfile ($root)/boot/grub/grub.cfg
`;

const GRUB_MODULES = [
  'part_gpt',
  'ext2',
  'search',
  'search_fs_uuid',
  'linux',
  'normal',
  'configfile',
  'serial',
  'terminal',
  'boot',
];

/**
 * Makes a raw disk from the tree `root` that both BIOS and UEFI machines boot. Neither root nor a loop device is
 * needed: each file system is written by its own tool straight into its place in the file.
 */
export async function makeDisk(root: string, folder: string): Promise<string> {
  const disk = join(folder, 'disk.raw');
  await writeFile(disk, '');
  await truncate(disk, LAYOUT.sizeMiB * MIB);
  await writeFile(join(folder, 'table'), PARTITION_TABLE);
  await command('sh', ['-c', 'sfdisk --quiet "$1" < "$2"', 'sh', disk, join(folder, 'table')]);
  await command(...asRoot('mke2fs', fileSystemArguments(root, disk)));
  const grub = await makeGrub(folder);
  await fillEfiPartition(disk, grub.efi);
  await installBiosGrub(
    disk,
    { boot: '/usr/lib/grub/i386-pc/boot.img', core: grub.core },
    {
      sector: LAYOUT.bios.startMiB * SECTORS_PER_MIB,
      sectors: LAYOUT.bios.sizeMiB * SECTORS_PER_MIB,
    },
  );
  return disk;
}

function fileSystemArguments(root: string, disk: string): string[] {
  // Initialised now rather than by a kernel thread during the first minutes of each machine. GRUB 2.06 cannot read
  // file systems with metadata_csum_seed.
  const options = `offset=${LAYOUT.root.startMiB * MIB},lazy_itable_init=0,lazy_journal_init=0`;
  return [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    'root',
    '-U',
    ROOT_UUID,
    '-O',
    '^metadata_csum_seed',
    '-E',
    options,
    '-d',
    root,
    disk,
    `${LAYOUT.root.sizeMiB}M`,
  ];
}

async function makeGrub(folder: string): Promise<{ readonly core: string; readonly efi: string }> {
  const config = join(folder, 'grub-early.cfg');
  await writeFile(config, FIND_CONFIG);
  const make = async (format: string, output: string, modules: readonly string[]): Promise<string> => {
    const file = join(folder, output);
    const common = ['-O', format, '-o', file, '-c', config, '-p', '/boot/grub'];
    await command('grub-mkimage', [...common, ...GRUB_MODULES, ...modules]);
    return file;
  };
  return {
    core: await make('i386-pc', 'core.img', ['biosdisk']),
    efi: await make('x86_64-efi', 'BOOTX64.EFI', ['fat']),
  };
}

async function fillEfiPartition(disk: string, loader: string): Promise<void> {
  const at = `${disk}@@${LAYOUT.efi.startMiB * MIB}`;
  const sectors = String(LAYOUT.efi.sizeMiB * SECTORS_PER_MIB);
  await command('mformat', ['-i', at, '-F', '-T', sectors, '-v', 'ESP', '::']);
  await command('mmd', ['-i', at, '::/EFI', '::/EFI/BOOT']);
  await command('mcopy', ['-i', at, loader, '::/EFI/BOOT/BOOTX64.EFI']);
}
