import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toObject } from '../edge.convert.ts';

/** When a timer ran and runs next, in milliseconds since 1970. */
export type TimerStatus = { readonly last: number; readonly next: number };

/** What Azure keeps in a blob per timer function: without it a host could not tell that it missed a run. */
export class TimerStatusFile {
  readonly #file: string;
  readonly #statuses: Map<string, TimerStatus>;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = path.join(dataDir, 'timers.json');
    this.#statuses = new Map(existsSync(this.#file) ? read(this.#file) : []);
  }

  get(name: string): TimerStatus | undefined {
    return this.#statuses.get(name);
  }

  /** Replaces the file by renaming, so that a kill leaves the old or the new one. */
  set(name: string, status: TimerStatus): void {
    this.#statuses.set(name, status);
    writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#statuses), null, 2));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): [string, TimerStatus][] {
  const content = toObject(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(content).map(([name, value]) => {
    const { last, next } = toObject(value);
    return [name, { last: Number(last), next: Number(next) }];
  });
}
