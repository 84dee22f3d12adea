import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { command } from '../../machines/command.ts';
import type { HostApt } from '../../machines/host-apt.ts';
import {
  filesBeforeKernel,
  filesOfImage,
  type GuestFile,
  PACKAGES,
  sourceLines,
  SUITE,
  UNITS,
} from './guest-files.ts';

type Progress = (line: string) => void;

export type RootTree = {
  readonly apt: HostApt;
  readonly log: Progress;
  /** Gets every line of mmdebstrap and apt. */
  readonly heard?: Progress;
  /** Called when mmdebstrap has ended and its tree is laid out. */
  readonly laysOut?: () => void;
  readonly extraPackages?: readonly string[];
};

/** Without root, everything that must keep owners runs as the root of a user namespace. */
export function asRoot(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (process.getuid?.() === 0) return [program, args];
  return ['unshare', ['--map-root-user', '--map-auto', '--', program, ...args]];
}

/**
 * Downloads and unpacks Debian into `folder`/root and turns it into an image's tree.
 * Resolves with the folder. Takes a minute or more; `log` gets a line for each stage.
 */
export async function makeRootTree(
  folder: string,
  { apt, log, heard, laysOut, extraPackages = [] }: RootTree,
): Promise<string> {
  const root = join(folder, 'root');
  await writeTree(join(folder, 'seed'), filesBeforeKernel());
  log(`downloading Debian ${SUITE} from ${apt.mirror}`);
  await command('mmdebstrap', bootstrapArguments(apt, extraPackages), {
    cwd: folder,
    onLine: (line) => {
      heard?.(line);
      if (line.startsWith('I: ')) log(line.slice(3));
    },
  });
  laysOut?.();
  await mkdir(root);
  // Device nodes cannot be made in a user namespace, and the kernel makes its own at boot.
  const unpack = ['-x', '-f', join(folder, 'root.tar'), '-C', root, '--exclude=./dev/*', '--numeric-owner'];
  await command(...asRoot('tar', unpack));
  await rm(join(folder, 'root.tar'));
  await writeTree(root, filesOfImage(apt));
  await arrangeUnits(root);
  await forgetSecrets(root);
  return root;
}

export function bootstrapArguments(apt: HostApt, extraPackages: readonly string[] = []): string[] {
  const excluded = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*', '/usr/share/info/*'];
  return [
    `--mode=${process.getuid?.() === 0 ? 'root' : 'unshare'}`,
    // Says what apt says instead of drawing bars, which it does for terminals alone.
    '--verbose',
    '--variant=minbase',
    '--format=tar',
    `--include=${[...PACKAGES, ...extraPackages].join(',')}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "3"',
    ...apt.options.map((line) => `--aptopt=${line.replace(/;$/, '')}`),
    ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    '--essential-hook=copy-in seed/etc/initramfs-tools /etc',
    // Copied with the caller's user id, which is not root's in a user namespace.
    '--essential-hook=chown -R 0:0 "$1/etc/initramfs-tools"',
    SUITE,
    'root.tar',
    ...sourceLines(apt),
  ];
}

async function writeTree(root: string, files: Readonly<Record<string, GuestFile>>): Promise<void> {
  for (const [path, file] of Object.entries(files)) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await writeFile(target, file.text);
    // chmod, because the caller's umask also applies to a mode given to writeFile.
    await chmod(target, file.mode ?? 0o644);
  }
}

async function arrangeUnits(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system');
  for (const path of UNITS.disabled) await rm(join(units, path), { force: true });
  const link = async (path: string, target: string): Promise<void> => {
    await mkdir(dirname(join(units, path)), { recursive: true });
    await rm(join(units, path), { force: true });
    await symlink(target, join(units, path));
  };
  for (const [folder, names] of Object.entries(UNITS.enabled))
    for (const name of names) await link(`${folder}/${name}`, `/lib/systemd/system/${name}`);
  for (const name of UNITS.masked) await link(name, '/dev/null');
}

/** Whatever is unique or secret is made by the guest itself; the host's proxy may hold a password. */
async function forgetSecrets(root: string): Promise<void> {
  const ssh = join(root, 'etc/ssh');
  const keys = (await readdir(ssh)).filter((name) => name.startsWith('ssh_host_'));
  const paths = [
    ...keys.map((name) => join(ssh, name)),
    ...[
      'etc/apt/apt.conf.d/99mmdebstrap',
      'var/lib/systemd/random-seed',
      'var/log/apt',
      'var/log/dpkg.log',
    ].map((path) => join(root, path)),
  ];
  for (const path of paths) await rm(path, { recursive: true, force: true });
  await mkdir(join(root, 'var/log/apt'));
}
