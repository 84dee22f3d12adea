import { mkdirSync, readFileSync, rmSync, writeFileSync, renameSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isObject } from './json-channel.ts';

/**
 * Which QEMU processes and socket folders belong to this data folder, on disk. The kernel ends QEMU with its parent; the
 * next start uses these notes to make sure, and to delete the folders.
 */
export class Traces {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Synchronous: a crash right after the start of QEMU finds the note. */
  add(machine: string, pid: number, sockets: string): void {
    const note = { pid, started: startTime(pid), sockets };
    // Whole or not there at all: whoever reads it never meets half a note.
    const file = this.#file(machine);
    writeFileSync(`${file}.part`, JSON.stringify(note), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  }

  remove(machine: string): void {
    rmSync(this.#file(machine), { force: true });
  }

  /** Ends what an earlier process left behind. Returns how many machines there were. */
  async sweep(): Promise<number> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'));
    for (const name of names) {
      const file = join(this.#folder, name);
      const note = parse(readFileSync(file, 'utf8'));
      // Process ids are used again: only the one with the same start time is ours.
      if (note !== undefined && note.started !== undefined && startTime(note.pid) === note.started)
        process.kill(note.pid, 'SIGKILL');
      if (note !== undefined && basename(note.sockets).startsWith('kiln-'))
        rmSync(note.sockets, { recursive: true, force: true });
      rmSync(file, { force: true });
    }
    return names.length;
  }

  #file(machine: string): string {
    return join(this.#folder, `${encodeURIComponent(machine)}.json`);
  }
}

type Note = { readonly pid: number; readonly started: string | undefined; readonly sockets: string };

function parse(text: string): Note | undefined {
  try {
    const note: unknown = JSON.parse(text);
    if (!isObject(note) || typeof note['pid'] !== 'number' || typeof note['sockets'] !== 'string')
      return undefined;
    const started = typeof note['started'] === 'string' ? note['started'] : undefined;
    return { pid: note['pid'], started, sockets: note['sockets'] };
  } catch {
    return undefined;
  }
}

/** Start of a process in clock ticks since boot, field 22 of /proc/PID/stat; undefined when there is none. */
export function startTime(pid: number): string | undefined {
  try {
    // The second field is the program's name in parentheses and may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
