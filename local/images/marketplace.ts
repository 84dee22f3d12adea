import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DiskId, Disks, LocalImage, Marketplace } from '../machines/machine.ts';
import { probeKernel } from '../machines/qemu/accelerator.ts';
import {
  type BaseImageCache,
  cachedVersions,
  discard,
  fileOf,
  isFresh,
  makeBaseImage,
  mirrorAnswers,
  versionOf,
} from './base-image.ts';
import { fileStamp, type ImageFormat, storedChecksum, verifyImage } from './image-file.ts';
import { readRegisteredImages, type RegisteredImage } from './registered.ts';

export type MarketplaceOptions = {
  readonly cacheDir: string;
  readonly disks: Pick<Disks, 'adopt'>;
  /** JSON list of images that the user brings along. */
  readonly configFile?: string;
  readonly log: (line: string) => void;
  readonly now?: () => Date;
};

/** Debian's names in the Azure Marketplace. One disk boots both ways, so it is made once and offered twice. */
const DEBIAN = [
  { publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', generation: 'V2', osType: 'Linux' },
  { publisher: 'Debian', offer: 'debian-12', sku: '12', generation: 'V1', osType: 'Linux' },
] as const;

/** Where images are kept for all projects of a user: KILN_CACHE, or the desktop's cache folder. */
export function defaultCacheDir(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const own = environment['KILN_CACHE'];
  if (own !== undefined && own !== '') return own;
  const cache = environment['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'kiln', 'images');
}

/** The images that machines on this host can be made of: Debian 12, and what the configuration file lists. */
export function createMarketplace(options: MarketplaceOptions): Marketplace {
  const now = options.now ?? ((): Date => new Date());
  const cache: BaseImageCache = { folder: options.cacheDir, log: options.log, now };
  const verify = onceEach();
  // Asked for once per process: going offline in between only shows in the build of an image.
  let online: Promise<boolean> | undefined;

  const debianVersions = async (): Promise<string[]> => {
    const cached = await cachedVersions(cache);
    const newest = cached[0];
    if (newest !== undefined && isFresh(newest, now())) return cached;
    if (newest === undefined) return [versionOf(now())];
    online ??= mirrorAnswers();
    return (await online) ? [versionOf(now()), ...cached] : cached;
  };

  const debianDisk = async (version: string): Promise<DiskId> => {
    const file = fileOf(cache, version);
    const cached = await cachedVersions(cache);
    if (!cached.includes(version) && version !== versionOf(now()))
      throw new Error(`Debian ${version} is not in the cache; there are ${cached.join(', ') || 'none'}`);
    const sound =
      cached.includes(version) &&
      (await verify(file, async () =>
        verifyImage(file, 'qcow2', (await storedChecksum(file)) ?? 'missing'),
      ).then(
        () => true,
        (error: unknown) => {
          options.log(`the cached image is made again: ${String(error)}`);
          return false;
        },
      ));
    if (!sound) {
      await discard(cache, version);
      await makeBaseImage(cache, version, probeKernel(options.cacheDir));
    }
    return options.disks.adopt(file, 'qcow2');
  };

  const registeredDisk = async (image: RegisteredImage): Promise<DiskId> => {
    const { file, format, sha256 } = image;
    await verify(file, () => verifyImage(file, format satisfies ImageFormat, sha256));
    return options.disks.adopt(file, format);
  };

  const registered = async (): Promise<RegisteredImage[]> =>
    options.configFile === undefined ? [] : readRegisteredImages(options.configFile);

  return {
    list: async () => {
      const versions = await debianVersions();
      const debian = versions.flatMap((version) => DEBIAN.map((image) => ({ ...image, version })));
      return [...debian, ...(await registered()).map(withoutFile)];
    },
    disk: async (image) => {
      const own = (await registered()).find((candidate) => same(candidate, image));
      if (own !== undefined) return registeredDisk(own);
      if (DEBIAN.some((candidate) => same({ ...candidate, version: image.version }, image)))
        return debianDisk(image.version);
      throw new Error(`the local marketplace has no image ${urnOf(image)}`);
    },
  };
}

/** Runs a check once per state of a file; a failed one is repeated. */
function onceEach(): (file: string, check: () => Promise<void>) => Promise<void> {
  const passed = new Map<string, string>();
  return async (file, check) => {
    const stamp = await fileStamp(file);
    if (passed.get(file) === stamp) return;
    await check();
    passed.set(file, stamp);
  };
}

function urnOf({ publisher, offer, sku, version }: LocalImage): string {
  return [publisher, offer, sku, version].join(':');
}

/** Azure compares names without case. */
function same(one: LocalImage, other: LocalImage): boolean {
  return urnOf(one).toLowerCase() === urnOf(other).toLowerCase();
}

function withoutFile({ publisher, offer, sku, version, generation, osType }: RegisteredImage): LocalImage {
  return { publisher, offer, sku, version, generation, osType };
}
