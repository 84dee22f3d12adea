import { isObject, objectAt, type JsonObject } from '../json.ts';
import { nameOf, typeOf } from '../store/ids.ts';
import type { Resource } from '../store/resources.ts';

/** Members that every tracked resource has; the rest of the body follows them. */
export function envelope(id: string, location: string, body: JsonObject, properties: JsonObject): JsonObject {
  const kept = Object.entries(body).filter(([key]) => KEPT.has(key));
  return {
    id,
    name: nameOf(id),
    type: typeOf(id),
    location,
    ...Object.fromEntries(kept),
    properties,
  };
}

const KEPT = new Set(['tags', 'sku', 'plan', 'identity', 'zones', 'extendedLocation', 'kind']);

/** PATCH as ARM means it: objects merge, everything else replaces; `tags` replaces as a whole. */
export function merge(target: JsonObject, change: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key];
    merged[key] = isObject(value) && isObject(before) && key !== 'tags' ? merge(before, value) : value;
  }
  return merged;
}

/** The body after a PATCH: identity members cannot be changed. */
export function patched(resource: Resource, change: JsonObject): JsonObject {
  const { id, name, type, location } = resource.body;
  return { ...merge(resource.body, change), id, name, type, location };
}

export function withState(body: JsonObject, provisioningState: string): JsonObject {
  return { ...body, properties: { ...objectAt(body, 'properties'), provisioningState } };
}

export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)));
}
