import { Buffer } from 'node:buffer';

/**
 * The last line that a rendered script prints: a second way to hear of its end, beside what the agent reports, because
 * run commands are known to stay in Running: https://github.com/Azure/azure-cli/issues/28172
 */
const MARK = /\n##kiln-exit:(-?\d{1,10})\n$/;
const LONGEST = '\n##kiln-exit:-2147483648\n'.length;
/** A block of the log may end in the middle of the mark; no output begins so by chance. */
const BEGUN = /\n##kiln-exit:?-?\d{0,10}$/;

/** Bytes from the end of a log in which a mark is, when there is one. */
export const MARK_BYTES = LONGEST;

export function exitMark(code: string): string {
  return String.raw`\n##kiln-exit:${code}\n`;
}

/** The exit code that the end of an output tells. */
export function markedCode(end: string): number | undefined {
  const code = MARK.exec(end)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** What its author sees of an output. */
export function withoutMark(text: string): string {
  return text.replace(MARK, '');
}

/** How many bytes of a log people see, by its last ones. */
export function shownLength(length: number, end: Uint8Array): number {
  const text = Buffer.from(end).toString('latin1');
  const found = MARK.exec(text) ?? BEGUN.exec(text);
  return found === null ? length : length - (text.length - found.index);
}
