import { list, object, text, type JsonObject } from '../../api/json.ts';
import { below, type Notes } from '../notes.ts';
import { hasOpenPart, type OpenValues } from '../open-values.ts';

/** Stands for a brace that Packer's author wrote as text, so that nothing takes it for one of a call. */
const LEFT_BRACE = '\uE002';

/** Go's template functions that Packer offers where a value is made, and why the import has none. */
const PER_BUILD = new Set(['isotime', 'timestamp', 'uuid', 'build', 'pwd', 'build_name', 'build_type']);

/**
 * Fills in `{{user "name"}}` and `{{env "NAME"}}`.
 * https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/engine
 */
export class Interpolation {
  readonly #variables: JsonObject;
  readonly #open: OpenValues;
  readonly #notes: Notes;

  readonly #sensitive: ReadonlySet<string>;

  constructor(document: JsonObject, open: OpenValues, notes: Notes) {
    this.#variables = object(document['variables']);
    this.#sensitive = new Set(list(document['sensitive-variables']).map(String));
    this.#open = open;
    this.#notes = notes;
  }

  value(part: unknown, pointer: string): unknown {
    if (typeof part === 'string') return this.text(part, pointer);
    if (Array.isArray(part)) return part.map((item, index) => this.value(item, below(pointer, index)));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, item]: [string, unknown]) => [
        key,
        this.value(item, below(pointer, key)),
      ]),
    );
  }

  text(source: string, pointer: string): string {
    return this.#filled(source, pointer, []);
  }

  /** `users`: variables that are being filled in; one that uses itself has no value. */
  #filled(source: string, pointer: string, users: readonly string[]): string {
    return source
      .replaceAll(/\{\{-?\s*`([^`]*)`\s*-?\}\}/g, (_, plain: string) => plain.replaceAll('{', LEFT_BRACE))
      .replaceAll(
        /\{\{-?\s*([A-Za-z_]+)(?:\s+[`"']([^`"']*)[`"'])?([^}]*)\}\}/g,
        (whole, name: string, arg: string | undefined, rest: string) =>
          this.#piped(this.#call(whole, { name, arg, pointer, users }), { whole, rest, pointer }),
      )
      .replaceAll(LEFT_BRACE, '{');
  }

  #call(
    whole: string,
    {
      name,
      arg,
      pointer,
      users,
    }: { name: string; arg: string | undefined; pointer: string; users: readonly string[] },
  ): string {
    if (name === 'user' && arg !== undefined) return this.#variable(arg, pointer, users);
    if (name === 'env' && arg !== undefined)
      return this.#open.ask(arg, pointer, 'Packer read it from the environment');
    // The folder of the Packer file, from which the paths of the result are made.
    if (name === 'template_dir') return '.';
    if (PER_BUILD.has(name.toLowerCase()))
      return this.#open.askAt(pointer, `${whole} differs with each build`);
    this.#notes.add('untranslated', pointer, `${whole} is not known to the import; it stays as it is.`);
    return whole;
  }

  #piped(value: string, { whole, rest, pointer }: { whole: string; rest: string; pointer: string }): string {
    const pipe = /^\s*\|\s*(?<what>upper|lower)\s*-?$/.exec(rest)?.groups?.['what'];
    if (pipe !== undefined && !hasOpenPart(value))
      return pipe === 'upper' ? value.toUpperCase() : value.toLowerCase();
    if (rest.includes('|'))
      this.#notes.add('untranslated', pointer, `What ${whole} does after the "|" is not done.`);
    return value;
  }

  #variable(name: string, pointer: string, users: readonly string[]): string {
    const value = this.#variables[name];
    const at = below('/variables', name);
    const known = typeof value === 'number' || typeof value === 'boolean' ? String(value) : text(value);
    const given = this.#open.given(name);
    if (given !== undefined) return given;
    if (this.#sensitive.has(name)) return this.#open.askSecret(name, pointer);
    if (known === undefined || known === '' || users.includes(name))
      return this.#open.ask(name, known === undefined ? pointer : at, 'the variable has no value');
    return this.#filled(known, at, [...users, name]);
  }
}
