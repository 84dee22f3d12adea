import { signal } from '@preact/signals';
import Anser from 'anser';
import { bytes, Refusal } from './api.ts';
import { clean } from './clean.ts';

/** Characters of a line that are shown: a line of megabytes is no line that somebody reads. */
export const LONGEST = 4000;
/** Milliseconds after a reading that failed. */
const PAUSE = 2000;

export type Piece = { readonly text: string; readonly class: string };

/** A line as pieces of one look each. Colours by class, because the page has no inline styles. */
export function piecesOf(line: string): Piece[] {
  const shown = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  if (!shown.includes('\u001b')) return [{ text: clean(shown), class: '' }];
  return Anser.ansiToJson(shown, { use_classes: true, remove_empty: true }).map((one) => ({
    // What is left of a broken sequence is a character that nobody sees.
    text: clean(one.content).replaceAll('\u001b', '⟨U+001B⟩'),
    class: [one.fg, ...one.decorations].filter(Boolean).join(' '),
  }));
}

/** A log as it grows, from its beginning. */
export class Log {
  readonly lines = signal<readonly string[]>([]);
  readonly failure = signal<Refusal | undefined>(undefined);
  /** Everything that was there at the last look has been read. */
  readonly isRead = signal(false);
  readonly #path: string;
  readonly #decoder = new TextDecoder();
  readonly #abort = new AbortController();
  #offset = 0;
  #rest = '';
  #wanted = 0;
  #isReading = false;

  constructor(path: string) {
    this.#path = path;
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Reads on. `bytes`: how long the log is, as the look at its run says, which is what tells that there is more. */
  async readTo(bytes: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, bytes);
    if (this.#isReading) return;
    this.#isReading = true;
    const { signal: ended } = this.#abort;
    while (!ended.aborted && this.#offset < this.#wanted) {
      const more = await this.#read(ended);
      if (more) continue;
      if (this.failure.value === undefined) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    this.#isReading = false;
    if (!ended.aborted) this.isRead.value = true;
  }

  /** False when nothing came. */
  async #read(ended: AbortSignal): Promise<boolean> {
    try {
      const found = await bytes(`${this.#path}?offset=${this.#offset}`, ended);
      this.failure.value = undefined;
      if (found.bytes.length === 0) return false;
      this.#offset = found.next;
      const lines = (this.#rest + this.#decoder.decode(found.bytes, { stream: true })).split(/\r?\n/);
      this.#rest = lines.pop() ?? '';
      const known = this.lines.value;
      this.lines.value = [...known, ...lines];
      return true;
    } catch (error) {
      if (error instanceof Refusal) this.failure.value = error;
      return false;
    }
  }

  /** With a last line that has no end yet. */
  get all(): readonly string[] {
    return this.#rest === '' ? this.lines.value : [...this.lines.value, this.#rest];
  }
}
