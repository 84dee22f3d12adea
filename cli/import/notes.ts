/**
 * What the import has to say about one place of the source file.
 * `changed`: read in a way that the file does not say word for word. `open`: a value that only its owner knows.
 * `left-out`: not in the result, and nothing is lost by it. `untranslated`: not in the result, or not right there; the
 * image would differ, or the service will refuse it.
 */
export type NoteLevel = 'changed' | 'open' | 'left-out' | 'untranslated';

export type Note = {
  readonly level: NoteLevel;
  /** JSON pointer into the source file. */
  readonly pointer: string;
  readonly message: string;
  /** The placeholders that it is about: what the result does not hold is not asked for. */
  readonly names?: readonly string[];
};

export const COPY_LOOP =
  'A copy loop (a Bicep `for`) is not evaluated: what it makes is missing here. Write it out in the result.';

export class Notes {
  readonly #notes: Note[] = [];

  add(level: NoteLevel, pointer: string, message: string, names?: readonly string[]): void {
    const isKnown = this.#notes.some((note) => note.pointer === pointer && note.message === message);
    if (!isKnown) this.#notes.push({ level, pointer, message, ...(names && { names }) });
  }

  get all(): readonly Note[] {
    return this.#notes;
  }
}

/** One more step of a JSON pointer. https://www.rfc-editor.org/rfc/rfc6901 */
export function below(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
