// A RHEL-shaped installation medium out of the local Debian image: its files in a few RPMs, in two repositories.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  createReadStream,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AGENT_UNIT, COMPS, isWanted, PACKAGES, TREE_INFO } from './contents.ts';

export type Medium = { readonly file: string; readonly sha256: string; readonly bytes: number };

/** Programs that it takes besides those of the base image. */
export const ISO_TOOLS = ['rpmbuild', 'createrepo_c', 'xorriso', 'debugfs', 'grub-install', 'grub-mkimage'];

/** The root partition of the local base image: where it begins, and how long it is. */
const ROOT_MIB = { skip: 66, count: 1981 };

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });

/** Makes the medium below `folder` from a base image (qcow2). Takes half a minute. */
export async function makeIso(baseImage: string, folder: string): Promise<Medium> {
  const tree = path.join(folder, 'tree');
  extract(baseImage, folder, tree);
  arrange(tree);
  const medium = path.join(folder, 'medium');
  buildPackages(tree, folder);
  for (const repository of ['BaseOS', 'AppStream']) makeRepository(folder, medium, repository);
  writeFileSync(path.join(medium, '.treeinfo'), TREE_INFO);
  writeFileSync(path.join(medium, '.discinfo'), '1700000000.0\nKiln Test Enterprise Linux 9.9\nx86_64\n');
  const file = path.join(folder, 'medium.iso');
  run(
    'xorriso',
    '-as',
    'mkisofs',
    '-quiet',
    '-R',
    '-J',
    '-V',
    'KTEL-9-9-0-BaseOS-x86_64',
    '-o',
    file,
    medium,
  );
  rmSync(tree, { recursive: true, force: true });
  return { file, ...(await digest(file)) };
}

export async function digest(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(file),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    },
    hash,
  );
  return { sha256: hash.digest('hex'), bytes };
}

/** Without mounting anything: the file system is cut out of the disk and read by its own debugger. */
function extract(baseImage: string, folder: string, tree: string): void {
  const [raw, ext4] = [path.join(folder, 'base.raw'), path.join(folder, 'root.ext4')];
  mkdirSync(tree, { recursive: true });
  run('qemu-img', 'convert', '-O', 'raw', baseImage, raw);
  const cut = [`if=${raw}`, `of=${ext4}`, 'bs=1M', `skip=${ROOT_MIB.skip}`, `count=${ROOT_MIB.count}`];
  run('dd', ...cut, 'conv=sparse', 'status=none');
  rmSync(raw);
  run('debugfs', '-R', `rdump / ${tree}`, ext4);
  rmSync(ext4);
}

/** Gives Debian's files the places and names that a RHEL system has. */
function arrange(tree: string): void {
  const at = (...parts: string[]): string => path.join(tree, ...parts);
  const version = readdirSync(at('usr/lib/modules'))[0] ?? '';
  cpSync(at('boot', `initrd.img-${version}`), at('boot', `initramfs-${version}.img`));
  rmSync(at('boot', `initrd.img-${version}`));
  writeFileSync(at('usr/lib/systemd/system/waagent.service'), AGENT_UNIT);
  mkdirSync(at('etc/sysconfig'), { recursive: true });
  writeFileSync(at('etc/redhat-release'), 'Kiln Test Enterprise Linux release 9.9\n');
  addGrub(at);
  for (const folder of ['BOOT', 'redhat']) mkdirSync(at('boot/efi/EFI', folder), { recursive: true });
  const loader = at('boot/efi/EFI/redhat/grubx64.efi');
  const modules = ['part_gpt', 'fat', 'ext2', 'search', 'search_fs_uuid', 'linux', 'normal', 'configfile'];
  const more = [
    'serial',
    'terminal',
    'boot',
    'echo',
    'test',
    'loadenv',
    'all_video',
    'gzio',
    'minicmd',
    'sleep',
  ];
  run('grub-mkimage', '-O', 'x86_64-efi', '-p', '/EFI/redhat', '-o', loader, ...modules, ...more);
  cpSync(loader, at('boot/efi/EFI/BOOT/BOOTX64.EFI'));
}

/** The host's GRUB under RHEL's names, with the libraries that it is linked to. */
function addGrub(at: (...parts: string[]) => string): void {
  cpSync('/usr/lib/grub/i386-pc', at('usr/lib/grub/i386-pc'), { recursive: true });
  for (const part of ['etc/grub.d', 'usr/share/grub']) cpSync(`/${part}`, at(part), { recursive: true });
  mkdirSync(at('opt/grub'), { recursive: true });
  for (const tool of [
    'grub-install',
    'grub-mkconfig',
    'grub-probe',
    'grub-editenv',
    'grub-mkimage',
    'grub-mkrelpath',
    'grub-script-check',
  ]) {
    const file = run('sh', '-c', `command -v ${tool}`).trim();
    cpSync(file, at(file));
    for (const library of run('sh', '-c', `ldd ${file} 2>/dev/null | grep -o '/lib/[^ ]*' || true`)
      .trim()
      .split('\n'))
      if (library !== '') run('cp', '-L', '--remove-destination', library, at('usr', library));
  }
  for (const name of ['install', 'mkconfig']) symlinkSync(`grub-${name}`, at(`usr/sbin/grub2-${name}`));
  mkdirSync(at('boot/grub2'), { recursive: true });
  rmSync(at('boot/grub'), { recursive: true, force: true });
  symlinkSync('../../boot/grub2', at('opt/grub/boot'));
}

function buildPackages(tree: string, folder: string): void {
  const paths = run('find', tree, '-mindepth', '1', '-printf', '%y %P\\n').trimEnd().split('\n');
  const lists = new Map<string, string[]>(PACKAGES.map(({ name }) => [name, []]));
  for (const line of paths) {
    const file = `/${line.slice(2)}`;
    if (!isWanted(file) || /["\s*?%[\]{}]/.test(file)) continue;
    const owner = PACKAGES.find(({ owns }) => owns(file))?.name ?? '';
    lists.get(owner)?.push(line.startsWith('d') ? `%dir "${file}"` : `"${file}"`);
  }
  lists.get('system-files')?.push('"/boot/grub"');
  symlinkSync('grub2', path.join(tree, 'boot/grub'));
  for (const [name, list] of lists) writeFileSync(path.join(folder, `${name}.list`), `${list.join('\n')}\n`);
  const file = path.join(folder, 'medium.spec');
  writeFileSync(file, specification(folder));
  const define = [`_topdir ${folder}/rpmbuild`, `buildroot ${tree}`].flatMap((text) => ['--define', text]);
  run('rpmbuild', '-bb', '--quiet', '--nodeps', ...define, file);
}

function specification(folder: string): string {
  const sections = PACKAGES.map(
    ({ name, summary }) => `%package -n ${name}
Summary: ${summary}
AutoReqProv: no
${name === 'system-files' ? 'Provides: system-release = 9.9' : 'Requires: system-files'}
%description -n ${name}
${summary}
%files -n ${name} -f ${folder}/${name}.list
%defattr(-,root,root,-)
`,
  );
  return `%define __os_install_post %{nil}
%define __spec_install_pre %{nil}
%define __spec_clean_body %{nil}
%define debug_package %{nil}
%define _unpackaged_files_terminate_build 0
%define __check_files %{nil}
%define _build_id_links none
%define _binary_payload w1.gzdio
Name: medium
Version: 9.9
Release: 1
Summary: Packages of the medium
License: MIT
BuildArch: x86_64

%description
Packages of the medium
${sections.join('')}`;
}

function makeRepository(folder: string, medium: string, repository: string): void {
  const packages = path.join(medium, repository, 'Packages');
  mkdirSync(packages, { recursive: true });
  for (const { name, repository: home } of PACKAGES)
    if (home === repository)
      cpSync(
        path.join(folder, `rpmbuild/RPMS/x86_64/${name}-9.9-1.x86_64.rpm`),
        path.join(packages, `${name}-9.9-1.x86_64.rpm`),
      );
  const comps = path.join(folder, 'comps.xml');
  writeFileSync(comps, COMPS);
  const groups = repository === 'BaseOS' ? ['-g', comps] : [];
  run('createrepo_c', '--quiet', '--no-database', ...groups, path.join(medium, repository));
  chmodSync(path.join(medium, repository), 0o755);
}
