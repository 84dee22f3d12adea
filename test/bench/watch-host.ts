// The host of a local mode, whose supervisor starts it again when it dies: what all of its processes have used, and why one is gone.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalKiln } from '../support/local-kiln.ts';
import { cpuOf, memoryOf } from './processes.ts';

/** Lines of the host's log that tell how it ended: a heap that is full writes about thirty. */
const LAST_LINES = 40;

export class HostWatch {
  readonly #kiln: LocalKiln;
  #pid: number;
  /** Of the process that runs now. */
  #cpu = 0;
  #before = 0;
  #deaths = 0;
  #most = 0;

  constructor(kiln: LocalKiln) {
    this.#kiln = kiln;
    this.#pid = kiln.endpoints.pids.host;
    this.look();
  }

  /** MB of memory now; 0 while there is no process. */
  look(): number {
    try {
      this.#cpu = cpuOf(this.#pid);
      const memory = memoryOf(this.#pid);
      this.#most = Math.max(this.#most, memory);
      return memory;
    } catch {
      this.#follow();
      return 0;
    }
  }

  /** Seconds of CPU of all its processes, without what a dead one used after the last look. */
  get cpu(): number {
    return this.#before + this.#cpu;
  }

  /** The most memory that was seen, in MB. */
  get most(): number {
    return this.#most;
  }

  get deaths(): number {
    return this.#deaths;
  }

  /** Until the supervisor has told of another one, the dead one is looked at again. */
  #follow(): void {
    const { host } = this.#kiln.endpoints.pids;
    if (host === this.#pid) return;
    this.#deaths += 1;
    console.log(`The host (process ${this.#pid}) is gone. ${this.#words()}`);
    this.#pid = host;
    this.#before += this.#cpu;
    this.#cpu = 0;
  }

  #words(): string {
    const told = this.#kiln.stderr.split('\n').filter((line) => line.includes('The host ended'));
    const log = readFileSync(path.join(this.#kiln.folder, 'logs', 'host.log'), 'utf8').split('\n');
    return [told.at(-1) ?? '', 'The end of its log:', ...log.slice(-LAST_LINES)].join('\n  | ');
  }
}
