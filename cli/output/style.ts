import { stripVTControlCharacters } from 'node:util';

/** Colours and signs, or neither: NO_COLOR (https://no-color.org), CI logs and files get plain ASCII words. */
export type Style = {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
};

const same = (text: string): string => text;
const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001B[${open}m${text}\u001B[${close}m`;

export const PLAIN: Style = { dim: same, bold: same, red: same, green: same, yellow: same };

export const COLOR: Style = {
  dim: sgr(2, 22),
  bold: sgr(1, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
};

/** What `COLOR` writes, and nothing else: a build cannot draw on the terminal with it. */
const OWN = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|22|31|32|33|39)m`);

/** Line and paragraph separators, which some readers of logs take for the end of a line. */
const SEPARATORS = /[\u2028\u2029]/gu;

/**
 * Control characters but tab and line feed, and invisible ones that turn the order of what is read (bidi), hide in it, or
 * make it look like other text. The joiners of letters and emoji stay. Of the tags, whose whole block is shown as nothing, some are
 * not assigned yet.
 */
const UNSAFE = /(?![\t\n\u200C\u200D])[\p{Cc}\p{Cf}\u{E0000}-\u{E007F}]/gu;

/** Text of others for a terminal or a log: it must not drive the one nor look like commands in the other. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(SEPARATORS, ' ').replaceAll(UNSAFE, '');
}

/** The same for a line that has colours of ours in it. */
export function harmlessInColor(text: string): string {
  return text
    .split(new RegExp(`(${OWN.source})`))
    .map((part) => (OWN.test(part) ? part : harmless(part)))
    .join('');
}

/** The same for JSON, whose meaning must not change: what is unsafe is written as an escape. */
export function harmlessJson(json: string): string {
  return json.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\u{E0000}-\u{E007F}\u2028\u2029]/gu, (found) =>
    Array.from({ length: found.length }, (_, index) => found.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
