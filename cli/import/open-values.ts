import { below, type Notes } from './notes.ts';

/**
 * Values that the source file does not hold become placeholders `{{name}}` of the template, which `kiln build` fills in
 * from `--var name=value`. While the import works they are marked with two characters that no text has (private use), so
 * that braces which a script needs for itself are never taken for one.
 */
const BEGIN = '\uE000';
const END = '\uE001';

/** Steps of a pointer that name nothing. */
const NO_NAME = /^(\d*|defaultValue|value|input|count|copy)$/;

/** Filled in by `kiln build` itself. */
const BUILT_IN = new Set(['subscription', 'resourceGroup']);

export class OpenValues {
  readonly #given: Readonly<Record<string, string>>;
  readonly #notes: Notes;
  readonly #names = new Set<string>();
  readonly #secrets = new Set<string>();
  readonly #byPointer = new Map<string, string>();

  /** `given`: values that the user has named already, by the name of the parameter or placeholder. */
  constructor(given: Readonly<Record<string, string>>, notes: Notes) {
    this.#given = given;
    this.#notes = notes;
  }

  /** The value of `name` if it was given, else its mark. `why` completes "… has no value: ". */
  ask(name: string, pointer: string, why: string): string {
    const own = nameFor(name);
    const value = this.given(name);
    if (value !== undefined) return value;
    if (!BUILT_IN.has(own)) {
      if (!this.#names.has(own)) this.#notes.add('open', pointer, `{{${own}}} has no value: ${why}.`, [own]);
      this.#names.add(own);
    }
    return `${BEGIN}${own}${END}`;
  }

  /** As `ask`, for a secret: its value, and what the file has as a default, belong neither into a template nor on a command line. */
  askSecret(name: string, pointer: string): string {
    const own = nameFor(name);
    const value = this.given(name);
    if (value !== undefined) return value;
    if (!this.#secrets.has(own))
      this.#notes.add(
        'untranslated',
        pointer,
        `{{${own}}} is a secret: a template is stored and read by others. Let the step read it from a key vault by \`secrets\`.`,
        [own],
      );
    this.#secrets.add(own);
    return `${BEGIN}${own}${END}`;
  }

  /** As `ask`, for a value that has no name of its own: two places never share one placeholder. */
  askAt(pointer: string, why: string): string {
    // `/parameters/regions/defaultValue` is `regions` to whoever reads the file.
    const base = pointer.split('/').findLast((part) => !NO_NAME.test(part)) ?? 'value';
    const wanted = nameFor(base.replaceAll('~1', '/').replaceAll('~0', '~'));
    const name = this.#byPointer.get(pointer) ?? this.#free(wanted);
    this.#byPointer.set(pointer, name);
    return this.ask(name, pointer, why);
  }

  #free(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#isTaken(name); count += 1) name = `${wanted}-${count}`;
    return name;
  }

  #isTaken(name: string): boolean {
    const names = [...BUILT_IN, ...this.#names, ...this.#secrets];
    return names.includes(name) || [...this.#byPointer.values()].includes(name);
  }

  /** What the user has named already. */
  given(name: string): string | undefined {
    return this.#given[name] ?? this.#given[nameFor(name)];
  }

  /** Names that `kiln build` must be given, in the order of their first use. */
  get names(): readonly string[] {
    return [...this.#names];
  }
}

/** Names of placeholders are letters, digits, `_` and `-`, and begin with a letter. */
function nameFor(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return /^[A-Za-z]/.test(name) ? name : `value-${name}`;
}

/** True when a text, or a text somewhere in the value, has a part that is open. */
export function hasOpenPart(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(BEGIN);
  if (Array.isArray(value)) return value.some(hasOpenPart);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => hasOpenPart(key) || hasOpenPart(item));
}

/** A value as it stands in the template file: marks become placeholders, other braces stay what they are. */
export function asWritten(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replaceAll('{{', '{{{{').replaceAll(BEGIN, '{{').replaceAll(END, '}}');
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [String(asWritten(key)), asWritten(item)]),
  );
}

/** Text for a message: `{{name}}` where the mark is. */
export const shown = (text: string): string => text.replaceAll(BEGIN, '{{').replaceAll(END, '}}');

/** Angle brackets are ordinary text in scripts, commands, expressions and tags. */
const FREE_TEXT = new Set([
  'inline',
  'arguments',
  'environment',
  'runIf',
  'restartCommand',
  'restartCheckCommand',
  'searchCriteria',
  'filters',
  'tags',
  'artifactTags',
  'managedResourceTags',
]);

/** Sample templates mark what their reader shall replace: `<rgName>`. Scripts and tags are left alone. */
export function openTokens(value: unknown, pointer: string, open: OpenValues): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/<([A-Za-z][A-Za-z0-9_ -]*)(?:>|$)/g, (_, token: string) =>
      /^subs?c?ription_?id$/i.test(token)
        ? open.ask('subscription', pointer, '')
        : open.ask(token, pointer, `the file has the placeholder <${token}>`),
    );
  if (Array.isArray(value)) return value.map((item, index) => openTokens(item, below(pointer, index), open));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => {
      const at = below(pointer, key);
      return [String(openTokens(key, at, open)), FREE_TEXT.has(key) ? item : openTokens(item, at, open)];
    }),
  );
}
