import { isObject, type JsonObject } from '../template/schema/node.ts';

/** A target as its author wrote it; empty when that is not at hand. */
export function authoredTarget(body: unknown, index: number): JsonObject {
  const properties = isObject(body) ? body['properties'] : undefined;
  const targets = isObject(properties) ? properties['distribute'] : undefined;
  const target: unknown = Array.isArray(targets) ? targets[index] : undefined;
  return isObject(target) ? target : {};
}
