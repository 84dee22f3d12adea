/** One line of what a machine lists of itself: a word and its fields, between tabs. */
export type Line = { readonly word: string; readonly fields: readonly string[] };

/** `isWhole`: its last line has arrived. */
export type Listing = { readonly lines: readonly Line[]; readonly isWhole: boolean };

const LONGEST_FIELD = 512;

/** Splits an output into the listing of the image and that of its source. Absent: the machine kept none of its source. */
export function listingsIn(output: string): { readonly image: Listing; readonly source?: Listing } {
  const lines = output.split(/\r?\n/);
  const at = lines.indexOf('source');
  if (at < 0) return { image: listingOf(lines) };
  return { image: listingOf(lines.slice(0, at)), source: listingOf(lines.slice(at + 1)) };
}

function listingOf(lines: readonly string[]): Listing {
  const end = lines.lastIndexOf('end');
  // The line before a cut may be half of one.
  const known = end < 0 ? lines.slice(0, -1) : lines.slice(0, end);
  return { lines: known.flatMap(lineOf), isWhole: end >= 0 };
}

function lineOf(text: string): Line[] {
  const [word = '', ...fields] = text.split('\t');
  return fields.length === 0 ? [] : [{ word, fields: fields.map(clean) }];
}

/** Names come from a machine that anybody may have changed: they are shown on terminals and in pages. */
function clean(field: string): string {
  return field
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, LONGEST_FIELD);
}

/** Of every line with that word. */
export function fieldsOf(lines: readonly Line[], word: string): (readonly string[])[] {
  return lines.filter((line) => line.word === word).map(({ fields }) => fields);
}

/** Whole numbers from 0. Undefined for anything else. */
export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
