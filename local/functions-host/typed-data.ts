import type { TypedData } from './contract.ts';

/** JSON text when it is not a string already; an absent value sends nothing. */
export function toTypedData(value: unknown): TypedData {
  if (value === null || value === undefined) return {};
  return typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) };
}
