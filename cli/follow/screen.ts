import { harmlessInColor } from '../output/style.ts';

/** What the live view needs of a terminal. */
export type Terminal = {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
};

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** Synchronized output: terminals that know it paint the frame at once, the others ignore it. */
const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';

/**
 * A block of lines at the end of the terminal that is redrawn in place. Each line is overwritten and then cleared to
 * its right, never cleared first: that is what keeps it from flickering.
 */
export class Screen {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns ?? 80;
  }

  /** One row stays free for the cursor: a full screen would scroll with each frame. */
  get rows(): number {
    return Math.max(4, (this.#terminal.rows ?? 24) - 1);
  }

  /** Shows `lines` in place of the block before; the same block again writes nothing. */
  draw(given: readonly string[]): void {
    const lines = given.map(harmlessInColor);
    if (lines.length === this.#drawn.length && lines.every((line, index) => line === this.#drawn[index]))
      return;
    const body = lines.map((line) => `${line}\u001B[K\n`).join('');
    this.#terminal.write(`${BEGIN}${HIDE_CURSOR}${this.#toTop()}${body}\u001B[J${END}`);
    this.#drawn = lines;
  }

  /** Prints lines that stay, above the block. */
  print(lines: readonly string[]): void {
    const block = this.#drawn;
    const text = [...lines.map(harmlessInColor), ...block].map((line) => `${line}\u001B[K\n`).join('');
    this.#terminal.write(`${BEGIN}${this.#toTop()}${text}\u001B[J${END}`);
  }

  /** Leaves the block as it stands and gives the cursor back. */
  close(): void {
    if (this.#drawn.length > 0) this.#terminal.write(SHOW_CURSOR);
    this.#drawn = [];
  }

  #toTop(): string {
    return this.#drawn.length === 0 ? '' : `\u001B[${this.#drawn.length}A\r`;
  }
}
