import type { TemplateRef } from '../model/template.ts';
import { upgrade } from './reshape.ts';
import { childOf, isObject, type JsonObject, mapObjects, type SchemaNode, tagOf } from './schema/node.ts';
import type { ApiVersion } from './versions/version.ts';

/**
 * The body in the names of the schema, which are those of the newest version. Lenient versions read names and types in
 * any case, understand old names (`wire`, `formerly`) and leave out what they do not know; others are not touched.
 */
export function fromWire(body: unknown, version: ApiVersion, ref: TemplateRef): unknown {
  return version.lenient ? read(version.schema, body, ref) : body;
}

/** The body in the names that the version answers with. */
export function toWire(body: JsonObject, version: ApiVersion): JsonObject {
  if (!version.lenient) return body;
  const written = mapObjects(version.schema, body, (value, node) => renameFields(value, node));
  return isObject(written) ? written : body;
}

function read(node: SchemaNode, value: unknown, ref: TemplateRef): unknown {
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? value : value.map((item) => read(items, item, ref));
  }
  if (!isObject(value)) return value;
  const { branch, fields } = readTag(node, value);
  if (branch === undefined) return fields;
  const upgraded = upgrade(branch, readNames(branch, fields), fields, ref);
  return Object.fromEntries(
    Object.entries(upgraded).map(([key, field]) => {
      const child = childOf(branch, key);
      return [key, child === undefined ? field : read(child, field, ref)];
    }),
  );
}

/** Finds the branch of a union by its type in any spelling, and writes the type as the schema does. */
function readTag(
  node: SchemaNode,
  value: JsonObject,
): { branch: SchemaNode | undefined; fields: JsonObject } {
  const tag = node.discriminator?.propertyName;
  if (tag === undefined || node.oneOf === undefined) return { branch: node, fields: value };
  const key = Object.keys(value).find((name) => same(name, tag)) ?? tag;
  const { [key]: given, ...rest } = value;
  const branch = node.oneOf.find((one) => typeof given === 'string' && same(tagOf(one, tag), given));
  const type = branch === undefined ? given : tagOf(branch, tag);
  return { branch, fields: type === undefined ? rest : { [tag]: type, ...rest } };
}

/** A field that is there under its own name wins over any other spelling. */
function readNames(node: SchemaNode, value: JsonObject): JsonObject {
  const known = node.properties;
  if (known === undefined) return value;
  const entries = Object.entries(value).flatMap(([given, field]): [string, unknown][] => {
    if (Object.hasOwn(known, given)) return [[given, field]];
    const name = Object.keys(known).find((key) => spellings(key, known[key]).some((one) => same(one, given)));
    if (name === undefined) return node.additionalProperties === false ? [] : [[given, field]];
    return Object.hasOwn(value, name) ? [] : [[name, field]];
  });
  return Object.fromEntries(entries);
}

function spellings(name: string, node: SchemaNode | undefined): string[] {
  const { wire, formerly } = node ?? {};
  const old: readonly unknown[] = Array.isArray(formerly) ? formerly : [];
  return [name, wire, ...old].filter((text): text is string => typeof text === 'string');
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function renameFields(value: JsonObject, node: SchemaNode | undefined): JsonObject {
  const known = node?.properties ?? {};
  const entries = Object.entries(value).map(([name, field]): [string, unknown] => {
    const child = Object.hasOwn(known, name) ? known[name] : undefined;
    const isTag = child?.const !== undefined && child.const === field;
    const written = isTag && typeof node?.['wire'] === 'string' ? node['wire'] : field;
    return [typeof child?.['wire'] === 'string' ? child['wire'] : name, written];
  });
  return Object.fromEntries(entries);
}
