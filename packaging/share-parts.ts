import { isObject, type JsonObject, type SchemaNode } from '../shared/template/schema/node.ts';

/** Words and marks for people and for other readers of a schema: no check looks at them. */
const REMARKS = [
  'title',
  'description',
  'default',
  'readOnly',
  'wire',
  'formerly',
  'upgrade',
  'downgrade',
  'since',
];

/** Where a schema has schemas: a map of them, a list of them, or one. */
const CHILDREN = ['properties', 'oneOf', 'items', 'additionalProperties'];

/** Characters of JSON below which a part costs less where it is than a call does: the package was smallest with this. */
const WORTH_SHARING = 40;

export type SharedSchemas = {
  readonly roots: readonly JsonObject[];
  /** By the id that `$ref` names. */
  readonly parts: ReadonlyMap<string, JsonObject>;
};

/**
 * The same schemas without remarks, and with every larger part that occurs more than once taken out, so that it is compiled
 * once: a version of the API differs from the next in a few fields only.
 */
export function shareParts(schemas: readonly SchemaNode[]): SharedSchemas {
  const bare = schemas.map(withoutRemarks);
  const counts = new Map<string, number>();
  for (const root of bare) countParts(root, counts);
  const ids = new Map<string, string>();
  const parts = new Map<string, JsonObject>();
  const share = (part: JsonObject): JsonObject => {
    const text = JSON.stringify(part);
    if ((counts.get(text) ?? 0) < 2) return eachChild(part, share);
    const id = ids.get(text) ?? `part${ids.size}`;
    if (!ids.has(text)) {
      ids.set(text, id);
      parts.set(id, eachChild(part, share));
    }
    return { $ref: id };
  };
  return { roots: bare.map((root) => eachChild(root, share)), parts };
}

function withoutRemarks(node: JsonObject): JsonObject {
  const kept = Object.entries(node).filter(([key, value]) => !REMARKS.includes(key) && value !== undefined);
  return eachChild(Object.fromEntries(kept), withoutRemarks);
}

function countParts(root: JsonObject, counts: Map<string, number>): void {
  eachChild(root, (part) => {
    const text = JSON.stringify(part);
    if (text.length >= WORTH_SHARING) counts.set(text, (counts.get(text) ?? 0) + 1);
    countParts(part, counts);
    return part;
  });
}

/** A copy of a schema with `change` done to the schemas in it. */
function eachChild(node: JsonObject, change: (child: JsonObject) => JsonObject): JsonObject {
  const one = (value: unknown) => (isObject(value) ? change(value) : value);
  const fields = Object.entries(node).map(([key, value]): [string, unknown] => {
    if (!CHILDREN.includes(key)) return [key, value];
    if (Array.isArray(value)) return [key, value.map(one)];
    if (key !== 'properties' || !isObject(value)) return [key, one(value)];
    return [key, Object.fromEntries(Object.entries(value).map(([name, child]) => [name, one(child)]))];
  });
  return Object.fromEntries(fields);
}
