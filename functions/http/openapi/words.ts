import type { JsonObject } from '../../../shared/template/schema/node.ts';

// What schemas of answers are made of.

export const text: JsonObject = { type: 'string' };
export const whole: JsonObject = { type: 'integer' };
export const amount: JsonObject = { type: 'number' };
export const yes: JsonObject = { type: 'boolean' };
export const moment: JsonObject = { type: 'string', format: 'date-time' };

export const named = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const many = (items: JsonObject): JsonObject => ({ type: 'array', items });
export const mapTo = (values: JsonObject, description?: string): JsonObject => ({
  type: 'object',
  additionalProperties: values,
  ...(description !== undefined && { description }),
});
export const oneOf = (...words: readonly string[]): JsonObject => ({ type: 'string', enum: [...words] });

/** An object; a member whose name ends with `?` may be absent. */
export function object(members: Readonly<Record<string, JsonObject>>, description?: string): JsonObject {
  const names = Object.keys(members);
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(
      Object.entries(members).map(([name, schema]) => [name.replace(/\?$/, ''), schema]),
    ),
  };
}

/** A schema for each member of a type, none left out, with `?` behind those that may be absent. */
export type Members<T> = {
  readonly [K in keyof T & string as object extends Pick<T, K> ? `${K}?` : K]-?: JsonObject;
};

/** The object that a type says: the compiler refuses a member too many or too few. */
export function describing<T>(members: Members<T>, description?: string): JsonObject {
  return object(members, description);
}
