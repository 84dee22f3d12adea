import path from 'node:path';
import type { DiskId, Disks, LocalImage, Marketplace } from '../machines/machine.ts';
import { type CachedImage, ImageCache } from './cache.ts';
import { makeDebianDisk } from './debian/recipe.ts';
import { probePrerequisites } from './prerequisites.ts';
import { type RegisteredImage, verifyRegistered } from './registered.ts';

export type MarketplaceOptions = {
  readonly cacheDir: string;
  readonly disks: Disks;
  /** Images that the user registered; they win over ours of the same URN and version. */
  readonly registered: readonly RegisteredImage[];
  readonly log: (line: string) => void;
  readonly today?: () => Date;
};

const DAY_MS = 86_400_000;
/** Security updates make an older base slow to build on. */
const FRESH_DAYS = 30;
/** The same disk under the names that Azure has for the two generations. */
const DEBIAN_SKUS = [
  { sku: '12-gen2', generation: 'V2' },
  { sku: '12', generation: 'V1' },
] as const;

/** The images that this host can boot: Debian 12, made here from packages, and what the user registered. */
export function createMarketplace(options: MarketplaceOptions): Marketplace {
  const cache = new ImageCache(path.join(options.cacheDir, 'debian-12'));
  const today = options.today ?? (() => new Date());

  /** The newest one while it is fresh; otherwise the one that would be made today. */
  async function offered(): Promise<string[]> {
    const cached = await cache.list();
    const newest = cached.at(-1)?.date;
    const fresh = newest !== undefined && ageInDays(newest, today()) <= FRESH_DAYS;
    return [...cached.map(({ date }) => date), ...(fresh ? [] : [toDate(today())])];
  }

  async function debianDisk(date: string): Promise<CachedImage> {
    const cached = await cache.list();
    const known = cached.find((image) => image.date === date);
    if (known !== undefined) return known;
    if (date !== toDate(today()))
      throw new Error(`Debian 12 of ${date} is not in the cache and cannot be made any more.`);
    try {
      return await cache.make(date, (folder) => make(folder, options));
    } catch (error) {
      const older = cached.at(-1);
      if (older === undefined) throw error;
      options.log(`Debian 12 could not be made anew (${String(error)}); the one of ${older.date} is used.`);
      return older;
    }
  }

  return {
    async list() {
      const dates = await offered();
      const debian = DEBIAN_SKUS.flatMap((kind) => dates.map((date) => debianImage(kind, date)));
      return [...options.registered, ...debian];
    },
    async disk(image): Promise<DiskId> {
      const own = options.registered.find((candidate) => sameImage(candidate, image));
      if (own !== undefined) {
        verifyRegistered(own);
        return options.disks.adopt(own.file, own.format);
      }
      const made = await debianDisk(image.version.split('.')[1] ?? '');
      await cache.verify(made);
      return options.disks.adopt(made.file, 'qcow2');
    },
  };
}

async function make(folder: string, { cacheDir, log }: MarketplaceOptions): Promise<string> {
  const { missing, remedy } = await probePrerequisites('images');
  if (missing.length > 0) throw new Error(`A base image needs ${missing.join(', ')}. Install: ${remedy}`);
  return makeDebianDisk(folder, path.join(cacheDir, 'probe-kernel'), log);
}

function debianImage({ sku, generation }: (typeof DEBIAN_SKUS)[number], date: string): LocalImage {
  return {
    publisher: 'Debian',
    offer: 'debian-12',
    sku,
    version: `12.${date}.0`,
    generation,
    osType: 'Linux',
  };
}

function sameImage(one: LocalImage, other: LocalImage): boolean {
  const key = ({ publisher, offer, sku, version }: LocalImage) =>
    `${publisher}:${offer}:${sku}:${version}`.toLowerCase();
  return key(one) === key(other);
}

function toDate(date: Date): string {
  return date.toISOString().slice(0, 10).replaceAll('-', '');
}

function ageInDays(date: string, now: Date): number {
  const made = Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T00:00:00Z`);
  return (now.getTime() - made) / DAY_MS;
}
