import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../machines/command.ts';
import { exclusively } from '../machines/exclusive.ts';
import { makeDisk } from './debian/disk-image.ts';
import { recipeDigest, SUITE } from './debian/guest-files.ts';
import { asRoot, makeRootTree } from './debian/root-tree.ts';
import { type HostApt, readHostApt } from '../machines/host-apt.ts';
import { checksumLine, sha256Of } from './image-file.ts';
import { MakingFile } from './making-file.ts';
import { probePrerequisites } from './prerequisites.ts';

/** A base image gets a new version when it is older than this, as the Marketplace's do about monthly. */
const FRESH_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
const MIRROR_DEADLINE_SECONDS = 5;

/** Debian as it is, or with more packages. */
export type Flavour = { readonly name: string; readonly extraPackages: readonly string[] };

export const PLAIN: Flavour = { name: 'debian', extraPackages: [] };

/** What installs RPM distributions: the helper of ISO sources would spend minutes on this under emulation. */
export const WITH_DNF: Flavour = { name: 'debian-dnf', extraPackages: ['dnf', 'fdisk', 'dosfstools'] };

export type BaseImageCache = {
  readonly folder: string;
  /** Default: Debian as it is. */
  readonly flavour?: Flavour;
  readonly log: (line: string) => void;
  readonly now: () => Date;
};

/** The version that a build on this day gets: 12.YYYYMMDD.0. */
export function versionOf(date: Date): string {
  return `12.${date.toISOString().slice(0, 10).replaceAll('-', '')}.0`;
}

export function fileOf(
  { folder, flavour = PLAIN }: Pick<BaseImageCache, 'folder' | 'flavour'>,
  version: string,
): string {
  return join(folder, `${flavour.name}-${version}-${recipeDigest(flavour.extraPackages)}.qcow2`);
}

/** Versions in the cache that this recipe made, newest first. */
export async function cachedVersions({ folder, flavour = PLAIN }: BaseImageCache): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const digest = recipeDigest(flavour.extraPackages);
  const pattern = new RegExp(String.raw`^${flavour.name}-12\.(\d{8})\.0-${digest}\.qcow2$`);
  const dates = names.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return dates
    .toSorted()
    .toReversed()
    .map((date) => `12.${date}.0`);
}

export function isFresh(version: string, now: Date): boolean {
  const [, year, month, day] = /^12\.(\d{4})(\d{2})(\d{2})\.0$/.exec(version) ?? [];
  return now.getTime() - Date.parse(`${year}-${month}-${day}`) < FRESH_DAYS * DAY_MS;
}

/** True when packages could be downloaded now. Asks through apt, which knows the host's proxy. */
export async function mirrorAnswers(): Promise<boolean> {
  const { mirror } = await readHostApt();
  const folder = await mkdtemp(join(tmpdir(), 'kiln-mirror-'));
  const options = ['-o', 'Acquire::Retries=0', '-o', `Acquire::http::Timeout=${MIRROR_DEADLINE_SECONDS}`];
  const download = ['download-file', `${mirror}/dists/${SUITE}/InRelease`, join(folder, 'InRelease')];
  try {
    await command('/usr/lib/apt/apt-helper', [...options, ...download]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Makes the image unless another process has just made it. It appears in the cache complete or not at all; a kernel for
 * the accelerator's probe comes beside it.
 */
export async function makeBaseImage(
  cache: BaseImageCache,
  version: string,
  probeKernel: string,
): Promise<void> {
  const { missing, remedy } = await probePrerequisites('images');
  if (missing.length > 0)
    throw new Error(`the base image cannot be made without ${missing.join(', ')}; install them: ${remedy}`);
  await mkdir(cache.folder, { recursive: true });
  const waiting = (): void => cache.log('waiting for another process that makes the base image');
  await exclusively(join(cache.folder, 'making.lock'), waiting, async () => {
    if ((await cachedVersions(cache)).includes(version)) return;
    await removeLeftovers(cache.folder);
    const work = await mkdtemp(join(cache.folder, '.making-'));
    const making = new MakingFile(cache);
    try {
      await make(cache, version, { work, probeKernel, making, apt: await readHostApt() });
    } finally {
      making.remove();
      await command(...asRoot('rm', ['-rf', work]));
    }
  });
}

type Making = {
  readonly work: string;
  readonly probeKernel: string;
  readonly making: MakingFile;
  readonly apt: HostApt;
};

async function make(
  cache: BaseImageCache,
  version: string,
  { work, probeKernel, making, apt }: Making,
): Promise<void> {
  const started = performance.now();
  // The tree is unpacked below it, and a user namespace's root must get there.
  await chmod(work, 0o755);
  const root = await makeRootTree(work, {
    apt,
    log: cache.log,
    heard: (line) => making.heard(line),
    laysOut: () => making.enter('unpack'),
    extraPackages: cache.flavour?.extraPackages ?? [],
  });
  making.enter('disk');
  cache.log('writing the disk');
  const raw = await makeDisk(root, work);
  const made = join(work, 'image.qcow2');
  await command('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, made]);
  const file = fileOf(cache, version);
  await chmod(made, 0o444);
  // The checksum first: an image is valid only together with it.
  await writeFile(`${file}.sha256`, checksumLine(await sha256Of(made), file));
  await copyFile(join(root, 'vmlinuz'), join(work, 'kernel'));
  await rename(join(work, 'kernel'), probeKernel);
  await rename(made, file);
  cache.log(`base image ${version} is ready after ${Math.round((performance.now() - started) / 1000)} s`);
}

/** Of a process that was killed; the lock says that none works there now. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('.making-')) await command(...asRoot('rm', ['-rf', join(folder, name)]));
}

/** Forgets an image that does not pass verification, so that it is made again. */
export async function discard(cache: BaseImageCache, version: string): Promise<void> {
  await rm(fileOf(cache, version), { force: true });
  await rm(`${fileOf(cache, version)}.sha256`, { force: true });
}
