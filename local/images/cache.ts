import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../machines/command.ts';

/** One base image in the cache. `date` is YYYYMMDD. */
export type CachedImage = { readonly date: string; readonly file: string };

const DISK = 'disk.qcow2';
const MAKING_LIMIT_MS = 30 * 60_000;

/** `KILN_CACHE`, or the user's cache folder: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function defaultCacheDir(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { KILN_CACHE: own, XDG_CACHE_HOME: user } = environment;
  if (own !== undefined && own !== '') return path.resolve(own);
  return path.join(
    user !== undefined && user !== '' ? user : path.join(homedir(), '.cache'),
    'kiln',
    'images',
  );
}

/** Images of one recipe, a folder for each date. A folder appears whole or not at all. */
export class ImageCache {
  readonly #folder: string;
  readonly #verified = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Oldest first. */
  async list(): Promise<CachedImage[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const dates = names.filter((name) => /^\d{8}$/.test(name)).sort((one, other) => one.localeCompare(other));
    return dates.map((date) => ({ date, file: path.join(this.#folder, date, DISK) }));
  }

  /** Throws when the file is not what was made. Reads the whole file, once for each process. */
  async verify({ file }: CachedImage): Promise<void> {
    if (this.#verified.has(file)) return;
    const expected = (await readFile(`${file}.sha256`, 'utf8')).trim();
    const actual = await sha256Of(file);
    if (actual !== expected)
      throw new Error(
        `${file} has SHA-256 ${actual}, not ${expected}: it was damaged. Delete its folder; it is made again.`,
      );
    await command('qemu-img', ['check', '-q', file]);
    this.#verified.add(file);
  }

  /**
   * Makes the image of a date with `make`, which gets an empty folder and answers with a qcow2 file in it. One process
   * makes an image at a time; the others wait for it.
   */
  async make(date: string, make: (folder: string) => Promise<string>): Promise<CachedImage> {
    await mkdir(this.#folder, { recursive: true });
    const release = await this.#lock();
    try {
      const image = { date, file: path.join(this.#folder, date, DISK) };
      if (await exists(image.file)) return image;
      const folder = path.join(this.#folder, `making-${process.pid}`);
      await mkdir(folder);
      await this.#keep(await make(folder), image);
      return image;
    } finally {
      await release();
    }
  }

  async #keep(made: string, image: CachedImage): Promise<void> {
    const folder = path.join(this.#folder, `new-${process.pid}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await rename(made, path.join(folder, DISK));
    await writeFile(path.join(folder, `${DISK}.sha256`), `${await sha256Of(path.join(folder, DISK))}\n`);
    await rename(folder, path.dirname(image.file));
  }

  /** A folder as a lock, with its owner's process id inside: a dead owner's lock is taken over. */
  async #lock(): Promise<() => Promise<void>> {
    const lock = path.join(this.#folder, 'lock');
    const owner = path.join(lock, 'pid');
    const deadline = Date.now() + MAKING_LIMIT_MS;
    for (;;) {
      const taken = await mkdir(lock).then(
        () => true,
        () => false,
      );
      if (taken) {
        await writeFile(owner, String(process.pid));
        return () => rm(lock, { recursive: true, force: true });
      }
      const pid = Number(await readFile(owner, 'utf8').catch(() => '0'));
      const abandoned = pid > 0 ? !(await exists(`/proc/${pid}`)) : await isOlderThan(lock, 5000);
      if (abandoned) await rm(lock, { recursive: true, force: true });
      else await sleep(500);
      if (Date.now() > deadline)
        throw new Error(`Process ${pid} holds ${lock} for too long. End it, or delete the folder.`);
    }
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

async function isOlderThan(file: string, milliseconds: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > milliseconds;
}
