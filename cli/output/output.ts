import { defuse, defuseJson } from '../ci/defuse.ts';
import { detectCi } from '../ci/detect.ts';
import type { CliError } from '../errors.ts';
import { COLOR, harmless, harmlessInColor, harmlessJson, PLAIN, type Style } from './style.ts';

export type OutputOptions = { readonly json?: boolean; readonly plain?: boolean };

/**
 * Results go to stdout, everything else to stderr, so that a pipe gets the result alone. Names, reasons and messages come
 * from others: whatever is in them, nothing that is written here drives a terminal or a pipeline.
 */
export class Output {
  readonly json: boolean;
  /** A terminal that can be redrawn, and a user who wants that. */
  readonly live: boolean;
  /** For what goes to the terminal on stderr. */
  readonly style: Style;
  /** For results: stdout may be a pipe while stderr is a terminal. */
  readonly resultStyle: Style;
  readonly #inCi = detectCi() !== undefined;
  #above: ((lines: readonly string[]) => void) | undefined;

  constructor(options: OutputOptions) {
    const env = process.env;
    this.json = options.json === true;
    const quiet = options.plain === true || this.json || isSet(env['CI']) || env['TERM'] === 'dumb';
    this.live = process.stderr.isTTY && !quiet && !isSet(env['NO_COLOR']);
    this.style = this.live ? COLOR : PLAIN;
    this.resultStyle = this.live && process.stdout.isTTY ? COLOR : PLAIN;
  }

  /** The result of the command. */
  result(lines: readonly string[], value: unknown): void {
    if (this.json) this.#writeJson(value);
    else this.print(...lines);
  }

  /** Lines of the result, for commands that print it piece by piece. */
  print(...lines: readonly string[]): void {
    process.stdout.write(this.#safe(lines, this.resultStyle));
  }

  /**
   * While a live view owns the end of the terminal, whatever is said goes through it: written past it, the next frame would
   * wipe it out. Returns what ends that.
   */
  above(print: (lines: readonly string[]) => void): () => void {
    this.#above = print;
    return () => {
      this.#above = undefined;
    };
  }

  /** Progress and remarks for people. */
  say(...lines: readonly string[]): void {
    if (this.#above !== undefined) return this.#above(lines);
    process.stderr.write(this.#safe(lines, this.style));
  }

  /** Lines that a pipeline shall obey. Everything else that is written cannot be taken for one. */
  command(...lines: readonly string[]): void {
    process.stderr.write(joined(lines));
  }

  /** An error: what happened, what else is known, what to do. */
  complain(error: CliError): void {
    const { code, message, details, remedy } = error.problem;
    const head = code === undefined ? message : `${code}: ${message}`;
    this.say(`${this.style.red('error')}  ${head}`);
    for (const detail of details ?? []) this.say(`       ${detail}`);
    if (remedy !== undefined) this.say(`${this.style.bold('remedy')} ${remedy}`);
    if (this.json) this.#writeJson({ error: { code, message, details, remedy } });
  }

  /** A result that is JSON whether or not that was asked for. */
  document(json: string): void {
    const safe = harmlessJson(json);
    process.stdout.write(`${this.#inCi ? defuseJson(safe) : safe}\n`);
  }

  #writeJson(value: unknown): void {
    this.document(JSON.stringify(value, undefined, 2));
  }

  #safe(lines: readonly string[], style: Style): string {
    const text = joined(lines.map(style === COLOR ? harmlessInColor : harmless));
    return this.#inCi ? defuse(text) : text;
  }
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== 'false';
