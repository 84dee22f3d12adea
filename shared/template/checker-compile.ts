import type { ValidateFunction } from 'ajv';
import { checkerAjv } from './checker-ajv.ts';
import type { Check, Shape } from './check-shape.ts';
import type { SchemaNode } from './schema/node.ts';

const compiled = new WeakMap<SchemaNode, ValidateFunction>();

/**
 * The check of a shape, compiled when it is first asked for. Only source files run like this: in the package, checks that
 * were compiled when it was built stand in place of this module (packaging/checks.ts).
 */
export function checkOf({ schema }: Shape): Check {
  const check = compiled.get(schema) ?? checkerAjv().compile(schema);
  compiled.set(schema, check);
  return check;
}
