import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Account, grantFor } from './subordinate-ids.ts';

/** What a machine or an image recipe needs from the host: a program or a file, and the package that has it. */
type Need = { readonly find: string; readonly package: string };

/** Needed to run machines. */
const MACHINE_NEEDS: readonly Need[] = [
  { find: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { find: 'qemu-img', package: 'qemu-utils' },
  { find: 'setpriv', package: 'util-linux' },
  { find: '/usr/share/OVMF/OVMF_CODE_4M.fd', package: 'ovmf' },
];

/** Needed to make a base image. */
const IMAGE_NEEDS: readonly Need[] = [
  { find: 'mmdebstrap', package: 'mmdebstrap' },
  { find: 'mke2fs', package: 'e2fsprogs' },
  { find: 'sfdisk', package: 'fdisk' },
  { find: 'mformat', package: 'mtools' },
  { find: 'grub-mkimage', package: 'grub-common' },
  { find: '/usr/lib/grub/i386-pc/boot.img', package: 'grub-pc-bin' },
  { find: '/usr/lib/grub/x86_64-efi/moddep.lst', package: 'grub-efi-amd64-bin' },
  // Part of every Debian, optional on Ubuntu.
  { find: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' },
];

/** Without root, packages are unpacked in a user namespace. */
const ROOTLESS_NEEDS: readonly Need[] = [{ find: 'newuidmap', package: 'uidmap' }];
const SUBORDINATE_IDS = 'ids for a user namespace (/etc/subuid, /etc/subgid)';

export type Prerequisites = {
  /** Programs and files that are not there, and ids that the account has not got. */
  readonly missing: readonly string[];
  readonly packages: readonly string[];
  /** The command that gives these ids. Absent: it has them, or needs none. */
  readonly grant?: string;
  /** One line that puts everything right, empty when nothing is missing. */
  readonly remedy: string;
};

/** sbin is not on the path of ordinary users, and e2fsprogs lives there. */
export function searchPath(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  return [...(environment['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(
    (folder) => folder !== '',
  );
}

export function needsOf(purpose: 'machines' | 'images', root: boolean): readonly Need[] {
  if (purpose === 'machines') return MACHINE_NEEDS;
  return [...MACHINE_NEEDS, ...IMAGE_NEEDS, ...(root ? [] : ROOTLESS_NEEDS)];
}

/** Looks for what `purpose` needs. Only looks: nothing is run or changed. */
export async function probePrerequisites(
  purpose: 'machines' | 'images',
  options: { readonly root?: boolean; readonly path?: readonly string[]; readonly account?: Account } = {},
): Promise<Prerequisites> {
  const root = options.root ?? process.getuid?.() === 0;
  const folders = options.path ?? searchPath();
  const all = needsOf(purpose, root);
  const found = await Promise.all(all.map((need) => exists(need.find, folders)));
  const absent = all.filter((_, index) => found[index] === false);
  const packages = [...new Set(absent.map((need) => need.package))];
  const sudo = root ? '' : 'sudo ';
  const install =
    packages.length === 0 ? [] : [`${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`];
  const grant =
    root || purpose === 'machines' ? undefined : grantFor(options.account ?? accountHere(), await ids());
  return {
    missing: [...absent.map((need) => need.find), ...(grant === undefined ? [] : [SUBORDINATE_IDS])],
    packages,
    ...(grant !== undefined && { grant }),
    remedy: [...install, ...(grant === undefined ? [] : [grant])].join(' && '),
  };
}

/** A container may run as somebody whom its machine has no account for. */
function accountHere(): Account {
  try {
    const { username: name, uid } = userInfo();
    return { name, uid };
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { name: String(uid), uid };
  }
}

async function ids(): Promise<{ subuid: string; subgid: string }> {
  const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
  return { subuid: await read('/etc/subuid'), subgid: await read('/etc/subgid') };
}

async function exists(what: string, folders: readonly string[]): Promise<boolean> {
  const isFile = what.startsWith('/');
  const candidates = isFile ? [what] : folders.map((folder) => join(folder, what));
  const mode = isFile ? constants.R_OK : constants.X_OK;
  for (const candidate of candidates) {
    const ok = await access(candidate, mode).then(
      () => true,
      () => false,
    );
    if (ok) return true;
  }
  return false;
}
