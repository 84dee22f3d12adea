/**
 * Characters that change how the text around them looks, or that nobody sees: controls, and those of bidirectional text, which
 * can make a name or a log line read as another. https://trojansource.codes
 */
const UNSEEN = new RegExp(
  String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]`,
  'gu',
);

/** The same text with such characters written out. Escape stays: logs have colours. */
export function clean(text: string): string {
  return text.replaceAll(
    UNSEEN,
    (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** JSON of the API, every text in it cleaned: nothing that is shown has come another way. */
export function parseClean(content: string): unknown {
  return JSON.parse(content, (_, value: unknown) => (typeof value === 'string' ? clean(value) : value));
}
