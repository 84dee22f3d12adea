import { downgrade } from './reshape.ts';
import { isObject, mapObjects, type JsonObject } from './schema/node.ts';
import type { ApiVersion } from './versions/version.ts';

/**
 * The body as its author meant it: without read-only fields, which clients echo back, and without nulls, which they
 * send for "not given".
 */
export function normalizeBody(body: unknown, version: ApiVersion): unknown {
  return mapObjects(version.schema, body, (value, node) => {
    const fields = node?.properties ?? {};
    const isKept = ([key, field]: [string, unknown]) =>
      field !== null && !(Object.hasOwn(fields, key) && fields[key]?.readOnly === true);
    return Object.fromEntries(Object.entries(value).filter(isKept));
  });
}

/** Adds what the service answers for fields that were not sent. Doing it twice changes nothing more. */
export function withDefaults(body: unknown, version: ApiVersion): unknown {
  return mapObjects(version.schema, body, (value, node) => {
    const absent = Object.entries(node?.properties ?? {}).filter(
      ([key, field]) => field.default !== undefined && !Object.hasOwn(value, key),
    );
    return { ...value, ...Object.fromEntries(absent.map(([key, field]) => [key, field.default])) };
  });
}

/** Leaves out what the version does not know: fields, and list items of a type that came later. */
export function prune(body: unknown, version: ApiVersion): JsonObject {
  const pruned = mapObjects(version.schema, body, (value, node, place) => {
    // A source must not vanish: clients read its type before anything else.
    if (node === undefined) return place === 'item' ? undefined : { type: value['type'] };
    if (node.additionalProperties !== false) return value;
    return Object.fromEntries(
      Object.entries(downgrade(node, value)).filter(([key]) => Object.hasOwn(node.properties ?? {}, key)),
    );
  });
  return isObject(pruned) ? pruned : {};
}
