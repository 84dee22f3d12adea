import { keyOf } from '../pointer.ts';

/** A JSON Schema as this product writes them: plain objects, discriminated unions by `oneOf`, no references. */
export type SchemaNode = {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly discriminator?: { readonly propertyName: string };
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  /** Filled in by the service, ignored in requests. */
  readonly readOnly?: boolean;
  /** The api-version that brought the field or the branch: absent from every older one. */
  readonly since?: string;
  /** What the service answers when the field was not sent. */
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
};

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of the discriminator that selects this branch of a union. */
export function tagOf(branch: SchemaNode, discriminator: string): string {
  return String(branch.properties?.[discriminator]?.const);
}

/** The schema that applies to `value`: the branch its discriminator names, or undefined when no branch has that tag. */
export function branchFor(node: SchemaNode, value: JsonObject): SchemaNode | undefined {
  const tag = node.discriminator?.propertyName;
  if (tag === undefined || node.oneOf === undefined) return node;
  return node.oneOf.find((branch) => tagOf(branch, tag) === value[tag]);
}

/** Changes one object before its fields are visited; `node` is undefined where a union has no branch for the object. */
export type Edit = (
  value: JsonObject,
  node: SchemaNode | undefined,
  place: 'item' | 'field',
) => JsonObject | undefined;

/** Copies `value`, editing every object that the schema describes. Objects for which `edit` gives undefined are dropped. */
export function mapObjects(
  node: SchemaNode,
  value: unknown,
  edit: Edit,
  place: 'item' | 'field' = 'field',
): unknown {
  if (Array.isArray(value)) {
    const { items } = node;
    if (items === undefined) return value;
    return value.map((item) => mapObjects(items, item, edit, 'item')).filter((item) => item !== undefined);
  }
  if (!isObject(value)) return value;
  const branch = branchFor(node, value);
  const edited = edit(value, branch, place);
  if (edited === undefined || branch === undefined) return edited;
  const fields = Object.entries(edited).map(([key, field]) => {
    const child = childOf(branch, key);
    return [key, child === undefined ? field : mapObjects(child, field, edit)];
  });
  return Object.fromEntries(fields);
}

/** Schema of a field; maps describe all their fields by `additionalProperties`. */
export function childOf(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return node.properties[key];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

/**
 * The schema and the value at a JSON pointer into `value`. A union on the way is resolved by its tag, one at the end is
 * not. Where the schema ends, what is below has no description.
 */
export function nodeAt(
  root: SchemaNode,
  value: unknown,
  pointer: string,
): { readonly node: SchemaNode; readonly value: unknown } {
  const keys = pointer.split('/').slice(1).map(keyOf);
  return keys.reduce<{ node: SchemaNode; value: unknown }>(
    ({ node, value: parent }, key) => {
      if (Array.isArray(parent)) return { node: node.items ?? {}, value: parent[Number(key)] };
      if (!isObject(parent)) return { node: {}, value: undefined };
      const branch = branchFor(node, parent);
      return { node: (branch && childOf(branch, key)) ?? {}, value: parent[key] };
    },
    { node: root, value },
  );
}
