/** Shorter ones would be found in ordinary words: as in the guest (redact.ts). */
const SHORTEST_FORM = 5;
const SHORTEST_LINE = 4;
const MASK = '[redacted]';

/** The text without the values, in each form in which the guest redacts them as well. */
export function masked(text: string, secrets: readonly string[]): string {
  const forms = [...new Set(secrets.flatMap((secret) => patternsOf(secret)))];
  // The longest first: a line of a value may be a part of one of its forms.
  forms.sort((a, b) => b.length - a.length);
  return forms.reduce((shown, form) => shown.replaceAll(form, MASK), text);
}

function patternsOf(secret: string): string[] {
  const value = secret.replaceAll(/^[\r\n]+|[\r\n]+$/g, '');
  const lines = value.split(/\r?\n/).filter((line) => line !== '');
  const wanted = lines.length === 1 ? lines : lines.filter((line) => line.length >= SHORTEST_LINE);
  const encoded = [value, ...wanted].filter((text) => text.length >= SHORTEST_LINE).flatMap(formsOf);
  return [...wanted, ...encoded.filter((form) => form.length >= SHORTEST_FORM)];
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  return [
    ...[0, 1, 2].flatMap((shift) => base64Of(bytes, shift)),
    ...wrapped(base64(bytes), 64),
    ...wrapped(base64(bytes), 76),
    ...[hex, hex.toUpperCase()],
    ...[encodeURIComponent, strictly].flatMap((encode) => urlForms(encode(bytes.toString()))),
    JSON.stringify(value).slice(1, -1),
    ...[Array.from(value).toReversed().join(''), Buffer.from(bytes.toReversed()).toString()],
  ];
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** What of it does not depend on its neighbours, when it begins at one of the three places of a group. */
function base64Of(bytes: Buffer, shift: number): string[] {
  const digits = Math.floor(((shift + bytes.length) * 8) / 6);
  const text = base64(Buffer.concat([Buffer.alloc(shift), bytes])).slice(shift === 0 ? 0 : shift + 1, digits);
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
}

function wrapped(text: string, width: number): string[] {
  return text.length <= width ? [] : (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
}

/** RFC 3986: also what JavaScript leaves as it is. */
function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  );
}

function urlForms(text: string): string[] {
  const lower = text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [text, lower, text.replaceAll('%20', '+')];
}
