/** JSON as it crosses the wire. ARM bodies stay open: properties that this cloud does not know are kept and echoed. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json | undefined };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is Json[] {
  return Array.isArray(value);
}

/** The JSON object in `text`, or undefined when the text is something else. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Value at a dotted path; ARM compares property names without case, and az sends some in lower case. */
export function at(value: Json | undefined, path: string): Json | undefined {
  let current = value;
  for (const key of path.split('.')) {
    if (!isObject(current)) return undefined;
    current = current[key] ?? current[matchingKey(current, key)];
  }
  return current;
}

function matchingKey(object: JsonObject, key: string): string {
  const wanted = key.toLowerCase();
  return Object.keys(object).find((name) => name.toLowerCase() === wanted) ?? key;
}

export function textAt(value: Json | undefined, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Json | undefined, path: string): number | undefined {
  const found = at(value, path);
  return typeof found === 'number' ? found : undefined;
}

export function flagAt(value: Json | undefined, path: string): boolean | undefined {
  const found = at(value, path);
  return typeof found === 'boolean' ? found : undefined;
}

/** The object at the path, or an empty one. */
export function objectAt(value: Json | undefined, path: string): JsonObject {
  const found = at(value, path);
  return isObject(found) ? found : {};
}

/** The objects of the list at the path; other items are left out. */
export function listAt(value: Json | undefined, path: string): JsonObject[] {
  const found = at(value, path);
  return isList(found) ? found.filter(isObject) : [];
}

export function sameText(a: string | undefined, b: string | undefined): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}
