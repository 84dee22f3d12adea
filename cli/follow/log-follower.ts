import { TextDecoder } from 'node:util';
import type { ApiClient } from '../api/client.ts';
import { listLogs, readLog } from '../api/runs.ts';
import type { TemplateId } from '../api/types.ts';
import { harmless } from '../output/style.ts';

export type LogLine = { readonly log: string; readonly text: string };

type Position = { offset: number; rest: string; readonly decoder: TextDecoder };

/** Reads what was added to a run's logs since the last look, in whole lines. */
export class LogFollower {
  readonly #client: ApiClient;
  readonly #run: { template: TemplateId; id: string };
  readonly #wanted: (name: string) => boolean;
  readonly #positions = new Map<string, Position>();

  constructor(
    client: ApiClient,
    run: { template: TemplateId; id: string },
    wanted: (name: string) => boolean = () => true,
  ) {
    this.#client = client;
    this.#run = run;
    this.#wanted = wanted;
  }

  /** New whole lines. `last` also hands out an unfinished line, because nothing will finish it. */
  async read(last = false): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const { name, bytes } of await listLogs(this.#client, this.#run.template, this.#run.id)) {
      if (!this.#wanted(name)) continue;
      const position = this.#positions.get(name) ?? { offset: 0, rest: '', decoder: new TextDecoder() };
      this.#positions.set(name, position);
      while (position.offset < bytes && (await this.#advance(name, position, lines)));
      if (last && position.rest !== '') {
        lines.push({ log: name, text: harmless(position.rest) });
        position.rest = '';
      }
    }
    return lines;
  }

  /** Reads one chunk; false when the service has no more just now. */
  async #advance(name: string, position: Position, lines: LogLine[]): Promise<boolean> {
    const chunk = await readLog(this.#client, this.#run, name, position.offset);
    if (chunk.nextOffset <= position.offset) return false;
    position.offset = chunk.nextOffset;
    const parts = (position.rest + position.decoder.decode(chunk.bytes, { stream: true })).split('\n');
    position.rest = parts.pop() ?? '';
    // A progress bar rewrites its line with carriage returns: only what it ended as is worth keeping.
    for (const part of parts)
      lines.push({ log: name, text: harmless(part.split('\r').findLast((s) => s !== '') ?? '') });
    return true;
  }
}

/** True when `name` is the log of the step or one of its two streams. */
export function belongsTo(name: string, stepLog: string): boolean {
  const bare = (text: string): string => text.replace(/^logs\//, '').replace(/\.(log|txt)$/, '');
  return bare(name) === bare(stepLog) || bare(name).startsWith(`${bare(stepLog)}.`);
}

/** The newest lines of a step's logs. */
export async function tailOf(
  client: ApiClient,
  run: { template: TemplateId; id: string },
  stepLog: string,
  count: number,
): Promise<string[]> {
  const lines = await new LogFollower(client, run, (name) => belongsTo(name, stepLog)).read(true);
  return lines.slice(-count).map((line) => line.text);
}
