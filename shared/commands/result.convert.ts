import type { Result } from '../errors/failure.ts';
import { isObject } from '../template/schema/node.ts';

/** Sub-orchestrations hand back Results, which the engine keeps as JSON. */
export function isResult(value: unknown): value is Result<unknown> {
  return isObject(value) && typeof value['ok'] === 'boolean';
}
