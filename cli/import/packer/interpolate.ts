import { object, text, type JsonObject } from '../../api/json.ts';
import { below, type Notes } from '../notes.ts';
import type { OpenValues } from '../open-values.ts';

/** Go's template functions that Packer offers where a value is made, and why the import has none. */
const PER_BUILD = new Set([
  'isotime',
  'timestamp',
  'uuid',
  'build',
  'pwd',
  'template_dir',
  'build_name',
  'build_type',
]);

/**
 * Fills in `{{user "name"}}` and `{{env "NAME"}}`.
 * https://developer.hashicorp.com/packer/docs/templates/legacy_json_templates/engine
 */
export class Interpolation {
  readonly #variables: JsonObject;
  readonly #open: OpenValues;
  readonly #notes: Notes;

  constructor(variables: unknown, open: OpenValues, notes: Notes) {
    this.#variables = object(variables);
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
    return source.replaceAll(
      /\{\{-?\s*([A-Za-z_]+)(?:\s+[`"']([^`"']*)[`"'])?[^}]*\}\}/g,
      (whole, name: string, arg?: string) => {
        if (name === 'user' && arg !== undefined) return this.#variable(arg, pointer, []);
        if (name === 'env' && arg !== undefined)
          return this.#open.ask(arg, pointer, `Packer read it from the environment`);
        if (PER_BUILD.has(name.toLowerCase()))
          return this.#open.askAt(pointer, `${whole} differs with each build`);
        this.#notes.add('untranslated', pointer, `${whole} is not known to the import; it stays as it is.`);
        return whole;
      },
    );
  }

  #variable(name: string, pointer: string, users: readonly string[]): string {
    const value = this.#variables[name];
    const at = below('/variables', name);
    // A variable may be made of others; one that uses itself has no value.
    const known = typeof value === 'number' || typeof value === 'boolean' ? String(value) : text(value);
    if (known === undefined || known === '' || users.includes(name))
      return this.#open.ask(name, known === undefined ? pointer : at, 'the variable has no value');
    const given = this.#open.given(name);
    return (
      given ??
      known
        .replaceAll(/\{\{\s*user\s+[`"']([^`"']*)[`"']\s*\}\}/g, (_, other: string) =>
          this.#variable(other, at, [...users, name]),
        )
        .replaceAll(/\{\{\s*env\s+[`"']([^`"']*)[`"']\s*\}\}/g, (_, variable: string) =>
          this.#open.ask(variable, at, 'Packer read it from the environment'),
        )
    );
  }
}
