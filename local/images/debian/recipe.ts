import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { command } from '../../machines/command.ts';
import { readHostApt } from '../host-apt.ts';
import { makeDisk } from './disk-image.ts';
import { asRoot, makeRootTree } from './root-tree.ts';

/**
 * Makes Debian 12 as a qcow2 disk in `folder`, from Debian's packages. One disk boots on both generations. Leaves the
 * kernel at `kernelFile`, which the probe for KVM boots. Takes one to three minutes; `log` gets a line for each stage.
 */
export async function makeDebianDisk(
  folder: string,
  kernelFile: string,
  log: (line: string) => void,
): Promise<string> {
  try {
    const root = await makeRootTree(folder, await readHostApt(), log);
    log('writing the disk');
    const raw = await makeDisk(root, folder);
    const disk = path.join(folder, '..', `making-${process.pid}.qcow2`);
    await command('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk]);
    await keepKernel(path.join(root, 'boot'), kernelFile);
    return disk;
  } finally {
    // Files of a user namespace belong to ids that only the namespace's root may delete.
    await command(...asRoot('rm', ['-rf', folder]));
  }
}

async function keepKernel(boot: string, target: string): Promise<void> {
  const kernel = (await readdir(boot)).find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) return;
  const temporary = `${target}.${process.pid}`;
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(path.join(boot, kernel), temporary);
  await rename(temporary, target).catch(() => rm(temporary, { force: true }));
}
