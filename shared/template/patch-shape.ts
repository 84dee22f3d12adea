import type { Shape } from './check-shape.ts';
import type { SchemaNode } from './schema/node.ts';
import type { ApiVersion } from './versions/version.ts';

const shapes = new Map<string, Shape>();

/** The schema of the template, cut down to what may be patched, with nothing required. */
export function patchShape({ name, schema, patchable }: ApiVersion): Shape {
  const known = shapes.get(name) ?? { name: `patch ${name}`, schema: cut(schema, '', patchable) };
  shapes.set(name, known);
  return known;
}

function cut(node: SchemaNode, path: string, patchable: readonly string[]): SchemaNode {
  const fields = Object.entries(node.properties ?? {}).flatMap(([key, child]): [string, SchemaNode][] => {
    const at = path === '' ? key : `${path}.${key}`;
    if (child.readOnly === true) return [[key, child]];
    // A patch of the identity may be half of one: the whole is checked after the merge.
    if (patchable.includes(at))
      return [[key, at === 'identity' ? { ...child, identityRule: undefined } : child]];
    return patchable.some((other) => other.startsWith(`${at}.`)) ? [[key, cut(child, at, patchable)]] : [];
  });
  const title = 'patch (PUT changes everything else)';
  return { type: 'object', title, additionalProperties: false, properties: Object.fromEntries(fields) };
}
