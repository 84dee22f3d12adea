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

/** Removes escape sequences and control characters: a build log must not drive the user's terminal. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/(?![\t\n])\p{Cc}/gu, '');
}
