import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MakingProgress } from '../machines/machine.ts';
import { beginMaking, enter, heard, type Making, progressOf, type StageName } from './making.ts';

type Cache = { readonly folder: string; readonly now: () => Date };

/** Also while nothing is said: some stages are silent for minutes on a slow machine, and time passes all the same. */
const WRITE_EVERY_MS = 1000;

const fileIn = ({ folder }: Pick<Cache, 'folder'>): string => join(folder, 'making.json');

/** Beside the image that is being made: how far it is, for this process and for those that wait for it. */
export class MakingFile {
  readonly #cache: Cache;
  readonly #timer: NodeJS.Timeout;
  #making: Making;

  constructor(cache: Cache) {
    this.#cache = cache;
    this.#making = beginMaking(this.#now());
    this.#write();
    this.#timer = setInterval(() => this.#write(), WRITE_EVERY_MS).unref();
  }

  heard(line: string): void {
    this.#making = heard(this.#making, line, this.#now());
  }

  enter(stage: StageName): void {
    this.#making = enter(this.#making, stage, this.#now());
  }

  remove(): void {
    clearInterval(this.#timer);
    rmSync(fileIn(this.#cache), { force: true });
  }

  #now(): number {
    return this.#cache.now().getTime();
  }

  #write(): void {
    const draft = `${fileIn(this.#cache)}.new`;
    try {
      mkdirSync(this.#cache.folder, { recursive: true });
      writeFileSync(draft, JSON.stringify(progressOf(this.#making, this.#now())));
      renameSync(draft, fileIn(this.#cache));
    } catch {
      // What cannot be told must not keep the image from being made; a full disk is told by whoever needs the space.
    }
  }
}

/** What the one who makes the image has written last; undefined when nobody does. */
export function readMaking(cache: Pick<Cache, 'folder'>): MakingProgress | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(fileIn(cache), 'utf8'));
    if (typeof found !== 'object' || found === null) return undefined;
    const fields: Readonly<Record<string, unknown>> = { ...found };
    const left = fields['secondsLeft'] === undefined ? {} : { secondsLeft: Number(fields['secondsLeft']) };
    return {
      what: String(fields['what']),
      megabytes: Number(fields['megabytes']),
      ofMegabytes: Number(fields['ofMegabytes']),
      seconds: Number(fields['seconds']),
      ...left,
    };
  } catch {
    return undefined;
  }
}
