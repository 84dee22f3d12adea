import { isObject, type JsonObject } from '../api/json.ts';
import { below, COPY_LOOP, type Notes } from './notes.ts';
import { distinctOutputs, oldShapes, OTHER_NAMES, OTHER_TYPES, type Place } from './old-shapes.ts';
import { hasOpenPart, shown } from './open-values.ts';
import { branchOf, closest, type Shape } from './shape.ts';
import { TEMPLATE_SHAPE } from './template-shape.generated.ts';

const FORMS = {
  id: /^\/subscriptions\/[^/]+\/resourceGroups(\/[^/]+)+$/i,
  version: /^(latest|\d+\.\d+\.\d+)$/i,
  download: /^(https:\/\/|kiln-artifact:|(?![A-Za-z][\w+.-]+:))/i,
} as const;

const NAMES = {
  id: 'the id of a resource',
  version: 'a version such as 1.2.3, or latest',
  download: 'an https URL',
} as const;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/**
 * Makes a template of any api-version one that Kiln's own version accepts, or notes why it does not. Nothing is dropped
 * without a note but what clients echo back: read-only fields, the envelope of a resource, and nulls.
 */
export class Fit {
  readonly #notes: Notes;
  /** Where the template stands in its file. */
  #root = '';
  readonly #rules: ReturnType<typeof oldShapes>;

  constructor(notes: Notes, place: Place) {
    this.#notes = notes;
    this.#rules = oldShapes(place);
  }

  template(resource: JsonObject, pointer: string): JsonObject {
    // Fields of a resource in a deployment that no schema of the resource itself has.
    const { scale: _scale, comments: _comments, condition: _condition, copy: _copy, ...rest } = resource;
    this.#root = pointer;
    const fitted = this.#value(TEMPLATE_SHAPE, rest, pointer);
    return isObject(fitted) ? fitted : {};
  }

  /** Undefined for what has no place in the result. */
  #value(shape: Shape, value: unknown, pointer: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (shape.readOnly === true) return this.#readOnly(pointer);
    if (shape.items !== undefined) return this.#list(shape, shape.items, value, pointer);
    if (shape.type === 'object' || shape.branches !== undefined) return this.#object(shape, value, pointer);
    return this.#scalar(shape, value, pointer);
  }

  /** Answers of the service have such fields. Those of the resource itself are in every one, and say nothing of the image. */
  #readOnly(pointer: string): undefined {
    if (pointer.startsWith(`${this.#root}/properties/`))
      this.#notes.add('left-out', pointer, 'The service writes it; it is no wish of a template.');
  }

  #list(shape: Shape, items: Shape, value: unknown, pointer: string): unknown {
    if (typeof value === 'string' && hasOpenPart(value)) return this.#openPart('a list', value, pointer);
    if (!Array.isArray(value)) {
      if (typeof value !== 'string' && !isObject(value)) return this.#wrong('a list', value, pointer);
      this.#notes.add('changed', pointer, 'One value; read as a list of it.');
    }
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    const fitted = all.map((item, index) => this.#value(items, item, below(pointer, index)));
    const kept = fitted.filter((item) => item !== undefined);
    return shape.items?.title === 'distributor' ? distinctOutputs(kept, pointer, this.#notes) : kept;
  }

  #object(shape: Shape, value: unknown, pointer: string): unknown {
    // The documentation shows some objects inside a list.
    const given: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof given === 'string' && hasOpenPart(given)) return this.#openPart('an object', given, pointer);
    if (!isObject(given)) return this.#wrong('an object', value, pointer);
    const meant = this.#rules[shape.title ?? '']?.(given, pointer, this.#notes) ?? given;
    const tagged = this.#tagged(shape, meant, pointer);
    const branch = branchOf(shape, tagged);
    if (branch === undefined) return this.#noBranch(shape, tagged, pointer);
    if (branch.shape.values !== undefined) return this.#map(branch.shape.values, tagged, pointer);
    const fields = this.#fields(branch.shape, tagged, pointer, shape.tag);
    return shape.tag === undefined ? fields : { [shape.tag]: branch.name, ...fields };
  }

  #tagged(shape: Shape, value: JsonObject, pointer: string): JsonObject {
    const { tag, branches = {} } = shape;
    const type = tag === undefined ? undefined : value[tag];
    if (tag === undefined || typeof type !== 'string') return value;
    const other = OTHER_TYPES[type.toLowerCase()];
    if (other !== undefined && other in branches) {
      this.#notes.add('changed', below(pointer, tag), `"${type}" is read as ${other}.`);
      return { ...value, [tag]: other };
    }
    const name = Object.keys(branches).find((branch) => branch.toLowerCase() === type.toLowerCase());
    if (name !== undefined && name !== type)
      this.#notes.add('changed', below(pointer, tag), `"${type}" is spelled ${name}.`);
    return value;
  }

  #fields(shape: Shape, value: JsonObject, pointer: string, tag?: string): JsonObject {
    const result: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) {
      const at = below(pointer, key);
      const name = this.#nameOf(shape, key, value, at);
      const child = name === undefined ? undefined : shape.properties?.[name];
      if (name === undefined || child === undefined || name === tag) continue;
      const fitted = this.#value(child, field, at);
      if (fitted !== undefined) result[name] = fitted;
    }
    const { exactlyOne = [] } = shape;
    if (exactlyOne.length > 0 && exactlyOne.every((name) => isEmpty(result[name])))
      this.#notes.add('untranslated', pointer, `The ${shape.title} has neither ${exactlyOne.join(' nor ')}.`);
    for (const name of shape.required ?? []) this.#require(name, result[name], { shape, pointer, tag });
    return result;
  }

  #require(
    name: string,
    value: unknown,
    { shape, pointer, tag }: { shape: Shape; pointer: string; tag: string | undefined },
  ): void {
    if (!isEmpty(value) || name === tag) return;
    const message = `The ${shape.title ?? 'object'} has no "${name}"; add it to the result.`;
    this.#notes.add('untranslated', below(pointer, name), message);
  }

  /** The name of a field in Kiln's version; undefined, with a note, when there is none. */
  #nameOf(shape: Shape, key: string, value: JsonObject, pointer: string): string | undefined {
    const known = Object.keys(shape.properties ?? {});
    if (known.includes(key)) return key;
    const title = shape.title ?? 'object';
    const meant = OTHER_NAMES[title]?.[key] ?? closest(key, known);
    if (meant !== undefined && !(meant in value)) {
      this.#notes.add('changed', pointer, `"${shown(key)}" is ${meant} of the ${title}.`);
      return meant;
    }
    if (key === 'copy') {
      this.#notes.add('untranslated', pointer, COPY_LOOP);
      return undefined;
    }
    const why = meant === undefined ? `no field of the ${title}` : `beside "${meant}", which counts`;
    this.#notes.add(
      'left-out',
      pointer,
      `"${shown(key)}" is ${why}; Azure VM Image Builder ignores it as well.`,
    );
    return undefined;
  }

  #map(values: Shape, value: JsonObject, pointer: string): JsonObject {
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
      key,
      this.#value(values, item, below(pointer, key)),
    ]);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  #scalar(shape: Shape, value: unknown, pointer: string): unknown {
    if (typeof value === 'string' && hasOpenPart(value) && shape.type !== 'string')
      return this.#openPart(shape.type === 'integer' ? 'a number' : `a ${shape.type}`, value, pointer);
    if (shape.type === 'boolean' && typeof value === 'string' && /^(true|false)$/i.test(value))
      return this.#read(value.toLowerCase() === 'true', value, pointer);
    if (shape.type === 'integer' && typeof value === 'string' && /^-?\d+$/.test(value))
      return this.#read(Number(value), value, pointer);
    if (shape.type === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
      return this.#read(String(value), value, pointer);
    const type = shape.type === 'integer' ? 'number' : shape.type;
    if (type !== undefined && typeof value !== type)
      return this.#wrong(shape.type === 'integer' ? 'a whole number' : `a ${shape.type}`, value, pointer);
    if (typeof value === 'string') this.#check(shape, value, pointer);
    const word = shape.enum?.find((one) => one.toLowerCase() === String(value).toLowerCase());
    return word !== undefined && word !== value ? this.#read(word, value, pointer) : value;
  }

  /** What the service would refuse, told while the source file is at hand. */
  #check({ kind }: Shape, value: string, pointer: string): void {
    // A value that begins with an open part may turn out to be anything.
    if (kind === undefined || value === '' || (hasOpenPart(value) && !value.startsWith('/'))) return;
    if (FORMS[kind].test(value)) return;
    this.#notes.add(
      'untranslated',
      pointer,
      `"${shown(value)}" is not ${NAMES[kind]}; the service will refuse it.`,
    );
  }

  #read(meant: unknown, value: unknown, pointer: string): unknown {
    this.#notes.add('changed', pointer, `${JSON.stringify(value)} is written ${JSON.stringify(meant)}.`);
    return meant;
  }

  #wrong(wanted: string, value: unknown, pointer: string): undefined {
    const text = shown(JSON.stringify(value)).slice(0, 80);
    this.#notes.add('untranslated', pointer, `${text} is not ${wanted}; it is left out.`);
    return undefined;
  }

  /** Placeholders are parts of texts: a number or a list must be known when the file is imported. */
  #openPart(wanted: string, value: string, pointer: string): unknown {
    const text = shown(value);
    this.#notes.add('untranslated', pointer, `${text} must be ${wanted}; give it now with --param.`);
    return value;
  }

  #noBranch(shape: Shape, value: JsonObject, pointer: string): unknown {
    const { tag = 'type', branches = {} } = shape;
    const given = value[tag];
    const known = Object.keys(branches).join(', ');
    const text = given === undefined ? 'missing' : shown(JSON.stringify(given));
    this.#notes.add('untranslated', below(pointer, tag), `The ${tag} is ${text}; Kiln knows ${known}.`);
    return value;
  }
}
