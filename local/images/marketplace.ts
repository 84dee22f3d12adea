import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Disks, LocalImage, MakingProgress, Marketplace } from '../machines/machine.ts';
import { probeKernel } from '../machines/qemu/accelerator.ts';
import {
  type BaseImageCache,
  cachedVersions,
  discard,
  fileOf,
  type Flavour,
  isFresh,
  makeBaseImage,
  mirrorAnswers,
  PLAIN,
  versionOf,
  WITH_DNF,
} from './base-image.ts';
import { readMaking } from './making-file.ts';
import { fileStamp, storedChecksum, verifyImage } from './image-file.ts';
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

/** Not in Azure: what the helper VM of an ISO source is made of here. In Azure that is a setting of the app. */
const ISO_HELPER = [
  { publisher: 'kiln', offer: 'iso-helper', sku: 'debian-12', generation: 'V2', osType: 'Linux' },
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
  const { configFile, disks } = options;
  const verify = onceEach();
  const families = [
    new DebianImages(options, verify, { names: DEBIAN, flavour: PLAIN }),
    new DebianImages(options, verify, { names: ISO_HELPER, flavour: WITH_DNF }),
  ];
  const registered = async (): Promise<RegisteredImage[]> =>
    configFile === undefined ? [] : readRegisteredImages(configFile);

  return {
    progress: () => families.map((family) => family.progress()).find((progress) => progress !== undefined),
    list: async () => [
      ...(await Promise.all(families.map((family) => family.list()))).flat(),
      ...(await registered()).map(withoutFile),
    ],
    disk: async (image) => {
      const own = (await registered()).find((candidate) => same(candidate, image));
      if (own !== undefined) {
        await verify(own.file, () => verifyImage(own.file, own.format, own.sha256));
        return disks.adopt(own.file, own.format);
      }
      const family = families.find((candidate) => candidate.has(image));
      if (family !== undefined) return disks.adopt(await family.file(image.version), 'qcow2');
      throw new Error(`the local marketplace has no image ${urnOf(image)}`);
    },
  };
}

type Verify = ReturnType<typeof onceEach>;

type Family = {
  readonly names: readonly Omit<LocalImage, 'version'>[];
  readonly flavour: Flavour;
};

/** Debian 12 out of the cache, or made when it is wanted. */
class DebianImages {
  readonly #options: MarketplaceOptions;
  readonly #verify: Verify;
  readonly #cache: BaseImageCache;
  readonly #names: Family['names'];
  /** Builds of this process that wait for the image now. */
  #waiting = 0;
  /** Asked for once per process: going offline in between only shows in the build of an image. */
  #online: Promise<boolean> | undefined;

  constructor(options: MarketplaceOptions, verify: Verify, { names, flavour }: Family) {
    this.#names = names;
    this.#options = options;
    this.#verify = verify;
    const now = options.now ?? ((): Date => new Date());
    this.#cache = { folder: options.cacheDir, flavour, log: options.log, now };
  }

  has(image: LocalImage): boolean {
    return this.#names.some((candidate) => same({ ...candidate, version: image.version }, image));
  }

  async list(): Promise<LocalImage[]> {
    const versions = await this.#versions();
    return versions.flatMap((version) => this.#names.map((image) => ({ ...image, version })));
  }

  /** A verified file. A damaged one is made again. */
  async file(version: string): Promise<string> {
    const file = fileOf(this.#cache, version);
    const cached = await cachedVersions(this.#cache);
    if (!cached.includes(version) && version !== versionOf(this.#cache.now()))
      throw new Error(`Debian ${version} is not in the cache; there are ${cached.join(', ') || 'none'}`);
    if (cached.includes(version) && (await this.#isSound(file))) return file;
    await discard(this.#cache, version);
    this.#waiting += 1;
    try {
      await makeBaseImage(this.#cache, version, probeKernel(this.#options.cacheDir));
    } finally {
      this.#waiting -= 1;
    }
    return file;
  }

  /** Of what is being made, here or by another process that this one waits for. */
  progress(): MakingProgress | undefined {
    return this.#waiting === 0 ? undefined : readMaking(this.#cache);
  }

  async #versions(): Promise<string[]> {
    const cached = await cachedVersions(this.#cache);
    const newest = cached[0];
    const today = versionOf(this.#cache.now());
    if (newest === undefined) return [today];
    if (isFresh(newest, this.#cache.now())) return cached;
    this.#online ??= mirrorAnswers();
    return (await this.#online) ? [today, ...cached] : cached;
  }

  async #isSound(file: string): Promise<boolean> {
    const check = async (): Promise<void> =>
      verifyImage(file, 'qcow2', (await storedChecksum(file)) ?? 'missing');
    return this.#verify(file, check).then(
      () => true,
      (error: unknown) => {
        this.#options.log(`the cached image is made again: ${String(error)}`);
        return false;
      },
    );
  }
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
