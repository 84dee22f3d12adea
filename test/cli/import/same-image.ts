// Whether a template that was imported makes the image of its source: a second opinion that shares no code with the import. Field by field,
// every value of the source is in the result at its place, or a note names the place; and the result has nothing that the source has not.
import type { Imported } from '../../../cli/import/import-file.ts';

type Leaf = readonly [pointer: string, value: unknown];

function leavesOf(value: unknown, pointer = ''): Leaf[] {
  if (typeof value !== 'object' || value === null) return [[pointer, value]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[pointer, value]];
  return entries.flatMap(([key, item]) =>
    leavesOf(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function at(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<any>((value, key) => (typeof value === 'object' ? value?.[key] : undefined), document);
}

/** What decides about the image. Names, tags of the template and its place do not. */
const IMAGE = '/properties';

/** Every difference that nothing is said of; none is the point. */
export function silentDifferences(document: unknown, imported: Imported, index: number): string[] {
  const { pointer, template } = imported.templates[index]!;
  const source = at(document, pointer);
  const noted = imported.notes
    .filter((note) => note.pointer.startsWith(pointer))
    .map((note) => note.pointer.slice(pointer.length));
  const isNoted = (place: string): boolean =>
    noted.some((note) => place === note || place.startsWith(`${note}/`) || note.startsWith(`${place}/`));
  const lost = leavesOf(at(source, IMAGE), IMAGE)
    .filter(([place, value]) => !isNoted(place) && !isSame(document, value, at(template, place)))
    .map(([place, value]) => `${place} ${JSON.stringify(value)} → ${JSON.stringify(at(template, place))}`);
  // Another spelling of a field: its note is at the old name, beside the new one.
  const isRenamed = (place: string, value: unknown): boolean =>
    leavesOf(at(source, IMAGE), IMAGE).some(
      ([old, before]) => isNoted(old) && isBeside(old, place) && isSame(document, before, value),
    );
  const made = leavesOf(at(template, IMAGE), IMAGE)
    .filter(([place, value]) => !isNoted(place) && !exists(source, place) && !isRenamed(place, value))
    .map(([place, value]) => `${place} is made up: ${JSON.stringify(value)}`);
  return [...lost, ...made];
}

/** In the source as it is, or as part of a value that an expression gives whole. */
function exists(source: unknown, place: string): boolean {
  const parts = place.split('/');
  for (let length = parts.length; length > 1; length -= 1) {
    const value = at(source, parts.slice(0, length).join('/'));
    if (value !== undefined) return length === parts.length || isExpression(value);
  }
  return false;
}

const isExpression = (value: unknown): value is string =>
  typeof value === 'string' && /^\[(?!\[)/.test(value) && value.endsWith(']');

function isSame(document: any, value: unknown, result: unknown): boolean {
  if (isExpression(value)) return isValueOf(document, value, result);
  if (typeof value !== 'string' || typeof result !== 'string')
    return JSON.stringify(value) === JSON.stringify(result);
  // Braces of a script are written twice; a <token> is a placeholder.
  const parts = value
    .replaceAll('{{', '{{{{')
    .replaceAll('}}', '}}}}')
    .split(/<[^<>\n]+>/);
  const quoted = parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return (
    result === value || new RegExp(`^${quoted.join('(<[^<>\\n]+>|\\{\\{[\\w.-]+\\}\\})')}$`).test(result)
  );
}

/** Only what can be told without evaluating: a parameter or a variable by itself, and that nothing is left of an expression. */
function isValueOf(document: any, expression: string, result: unknown): boolean {
  if (result === undefined) return false;
  const text = JSON.stringify(result);
  if (/"\[\w+\(/.test(text) || text.includes('undefined')) return false;
  const [, kind, name = ''] = /^\[(parameters|variables)\('([\w-]+)'\)\]$/.exec(expression) ?? [];
  const found =
    kind === 'parameters' ? document.parameters?.[name]?.defaultValue : document.variables?.[name];
  if (kind === undefined || found === undefined || JSON.stringify(found).includes('[')) return true;
  return (
    JSON.stringify(found) === text ||
    (typeof result === 'string' && /^\{\{[\w.-]+\}\}$/.test(result)) ||
    /<.*>/.test(JSON.stringify(found))
  );
}

/** Of one step, one target, the source: what is renamed stays in it. */
const isBeside = (one: string, other: string): boolean => ownerOf(one) === ownerOf(other);

function ownerOf(place: string): string {
  const parts = place.split('/');
  return parts.slice(0, parts[2] === 'source' ? 3 : 4).join('/');
}
