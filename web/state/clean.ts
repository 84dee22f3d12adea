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

/** Escapes of JSON by which such a character can come that does not stand in the text itself. */
const ESCAPED = /\\[ubf]/;

/**
 * JSON of the API, every text in it cleaned, names of fields too: nothing that is shown has come another way. The text is looked at
 * once as a whole; value by value, a view of thirty runs would hold up the page for a tenth of a second.
 */
export function parseClean(content: string): unknown {
  const text = clean(content);
  return ESCAPED.test(text) ? JSON.parse(text, cleaned) : JSON.parse(text);
}

function cleaned(_: string, value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [clean(name), one]));
}
