import { StrictViolation } from './strict.ts';

/**
 * Throws `KILN-STRICT-NOT-JSON` when `value` would come back from JSON as something else. `where` names it for people.
 * Missing properties (`undefined` in an object) are allowed, because JSON drops them and reading them gives the same.
 */
export function assertPlainData(value: unknown, where: string): void {
  const found = value === undefined ? undefined : firstFault(value, '', new Set());
  if (found) throw new StrictViolation('KILN-STRICT-NOT-JSON', `${where} holds ${found}`);
}

function firstFault(value: unknown, path: string, ancestors: ReadonlySet<object>): string | undefined {
  const at = path === '' ? '' : ` at ${path}`;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `the number ${value}${at}`;
    case 'object':
      return value === null ? undefined : faultOfObject(value, path, ancestors);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
    default:
      return `a value of type ${typeof value}${at}`;
  }
}

function faultOfObject(value: object, path: string, ancestors: ReadonlySet<object>): string | undefined {
  const at = path === '' ? '' : ` at ${path}`;
  if (ancestors.has(value)) return `a circular reference${at}`;
  const inside = new Set([...ancestors, value]);
  if (Array.isArray(value)) return firstOf(value.entries(), (key) => `${path}[${key}]`, inside);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) return `an instance of ${value.constructor.name}${at}`;
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return firstOf(present, (key) => (path === '' ? key : `${path}.${key}`), inside);
}

function firstOf<K>(
  entries: Iterable<[K, unknown]>,
  pathOf: (key: K) => string,
  ancestors: ReadonlySet<object>,
): string | undefined {
  for (const [key, item] of entries) {
    const fault = firstFault(item, pathOf(key), ancestors);
    if (fault) return fault;
  }
  return undefined;
}
