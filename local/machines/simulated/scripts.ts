import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunRequest } from '../machine.ts';
import type { ScriptedOutcomes } from './script.ts';
import { withoutHistory } from './history.ts';
import { written } from './written.ts';

/** Characters of a script that are kept; the rest is a payload. */
const LIMIT = 256 * 1024;

/**
 * What simulated guests were asked to run, for tests to read, and how it is to go. Scripts only: their environment may
 * hold secrets.
 */
export class Scripts {
  readonly #dir: string;
  readonly #outcomes: readonly ScriptedOutcomes[];
  readonly #used = new Map<ScriptedOutcomes, number>();

  constructor(dir: string, outcomes: readonly ScriptedOutcomes[]) {
    this.#dir = dir;
    this.#outcomes = outcomes;
  }

  /** As `<machine>/<number>-<id>.txt`, in the order of the runs. */
  async record(machine: string, { id, script }: RunRequest): Promise<void> {
    const folder = path.join(this.#dir, machine.replaceAll(/[^A-Za-z0-9._-]/g, '_'));
    await mkdir(folder, { recursive: true });
    const number = String((await readdir(folder)).length + 1).padStart(3, '0');
    await writeFile(path.join(folder, `${number}-${id}.txt`), script.slice(0, LIMIT));
  }

  /** The outcome that the profile has for this run, if it has one. */
  outcome({ id, script }: RunRequest): ScriptedOutcomes['runs'][number] | undefined {
    const text = `${id}\n${withoutHistory(written(script))}`;
    const found = this.#outcomes.find(({ match }) => new RegExp(match).test(text));
    if (found === undefined) return undefined;
    const used = this.#used.get(found) ?? 0;
    this.#used.set(found, used + 1);
    return found.runs[used] ?? found.runs.at(-1);
  }
}
