import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../../api/json.ts';
import type { Arguments } from './arguments.ts';
import { Unresolved } from './arguments.ts';
import { ExpressionError } from './parse.ts';

export type ArmFunction = (args: Arguments) => unknown;

/** As the deployment engine writes a value into text. */
export const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'boolean'
      ? value
        ? 'True'
        : 'False'
      : typeof value === 'number'
        ? String(value)
        : JSON.stringify(value);

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

const cut = (value: string | readonly unknown[], from: number, to?: number): unknown =>
  value.slice(Math.max(0, from), to);

/** Equality of texts is exact for `equals`, and without case for the search functions. */
const lower = (text: string): string => text.toLowerCase();

const concat: ArmFunction = (args) =>
  args.all.length > 0 && args.all.every((value) => Array.isArray(value))
    ? args.all.flatMap((_, index) => [...args.list(index)])
    : args.all.map(textOf).join('');

/** https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#format */
const format: ArmFunction = (args) =>
  args.text(0).replaceAll(/\{\{|\}\}|\{(\d+)(:[^}]*)?\}/g, (whole, index?: string, style?: string) => {
    if (index === undefined) return whole.slice(1);
    if (style !== undefined)
      throw new Unresolved(`format() with the number style ${style.slice(1)} is not known here`);
    return textOf(args.at(Number(index) + 1));
  });

const substring: ArmFunction = (args) => {
  const text = args.text(0);
  const start = args.all.length > 1 ? args.number(1) : 0;
  const length = args.all.length > 2 ? args.number(2) : text.length - start;
  if (start < 0 || length < 0 || start + length > text.length)
    throw new ExpressionError(
      `substring(…, ${start}, ${length}) is outside of a text of ${text.length} characters`,
    );
  return text.slice(start, start + length);
};

const split: ArmFunction = (args) => {
  const delimiters = typeof args.at(1) === 'string' ? [args.text(1)] : args.list(1).map(textOf);
  return delimiters.reduce(
    (parts, delimiter) => parts.flatMap((part) => part.split(delimiter)),
    [args.text(0)],
  );
};

const contains: ArmFunction = (args) => {
  const container = args.at(0);
  if (typeof container === 'string') return container.includes(textOf(args.at(1)));
  if (Array.isArray(container)) return container.some((item) => isDeepStrictEqual(item, args.at(1)));
  return Object.keys(args.object(0)).some((key) => lower(key) === lower(args.text(1)));
};

const union: ArmFunction = (args) =>
  Array.isArray(args.at(0))
    ? args.all
        .flatMap((_, index) => [...args.list(index)])
        .filter((item, index, all) => all.findIndex((other) => isDeepStrictEqual(other, item)) === index)
    : args.all.map((_, index) => args.object(index)).reduce(merged);

/**
 * Objects inside of objects are merged too, lists and other values replaced.
 * https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-object#union
 */
function merged(one: JsonObject, other: JsonObject): JsonObject {
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const same = Object.keys(result).find((name) => lower(name) === lower(key)) ?? key;
    const before = result[same];
    result[same] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}

const createObject: ArmFunction = (args) =>
  Object.fromEntries(
    args.all.flatMap((_, index) => (index % 2 === 0 ? [[args.text(index), args.at(index + 1)]] : [])),
  );

const toInteger: ArmFunction = (args) => {
  const value = Number(textOf(args.at(0)));
  if (Number.isInteger(value)) return value;
  throw new ExpressionError(`int() of ${JSON.stringify(args.at(0))} is no integer`);
};

const parseJson: ArmFunction = (args) => {
  try {
    return JSON.parse(args.text(0));
  } catch {
    throw new ExpressionError('json() of a text that is no JSON');
  }
};

const divide = (a: number, b: number): number => {
  if (b === 0) throw new ExpressionError('division by zero');
  return Math.trunc(a / b);
};

/** Functions that need nothing but their arguments, by their names in small letters: the engine does not mind case. */
export const PLAIN_FUNCTIONS: Readonly<Record<string, ArmFunction>> = {
  concat,
  format,
  substring,
  split,
  contains,
  union,
  createobject: createObject,
  int: toInteger,
  json: parseJson,
  createarray: (args) => [...args.all],
  array: (args) => (Array.isArray(args.at(0)) ? args.at(0) : [args.at(0)]),
  string: (args) => textOf(args.at(0)),
  bool: (args) => lower(textOf(args.at(0))) === 'true' || args.at(0) === 1,
  tolower: (args) => lower(args.text(0)),
  toupper: (args) => args.text(0).toUpperCase(),
  trim: (args) => args.text(0).trim(),
  replace: (args) => args.text(0).replaceAll(args.text(1), () => args.text(2)),
  padleft: (args) => textOf(args.at(0)).padStart(args.number(1), args.all.length > 2 ? args.text(2) : ' '),
  take: (args) => cut(args.textOrList(0), 0, Math.max(0, args.number(1))),
  skip: (args) => cut(args.textOrList(0), args.number(1)),
  first: (args) => args.textOrList(0)[0] ?? '',
  last: (args) => args.textOrList(0).at(-1) ?? '',
  length: (args) => (isObject(args.at(0)) ? Object.keys(args.object(0)).length : args.textOrList(0).length),
  join: (args) => args.list(0).map(textOf).join(args.text(1)),
  indexof: (args) => lower(args.text(0)).indexOf(lower(args.text(1))),
  startswith: (args) => lower(args.text(0)).startsWith(lower(args.text(1))),
  endswith: (args) => lower(args.text(0)).endsWith(lower(args.text(1))),
  base64: (args) => Buffer.from(args.text(0)).toString('base64'),
  base64tostring: (args) => Buffer.from(args.text(0), 'base64').toString(),
  uricomponent: (args) => encodeURIComponent(args.text(0)),
  uri: (args) => new URL(args.text(1), args.text(0)).href,
  empty: (args) => isEmpty(args.at(0)),
  coalesce: (args) => args.all.find((value) => value !== null) ?? null,
  equals: (args) => isDeepStrictEqual(args.at(0), args.at(1)),
  not: (args) => !args.flag(0),
  and: (args) => args.all.every((_, index) => args.flag(index)),
  or: (args) => args.all.some((_, index) => args.flag(index)),
  less: (args) => args.number(0) < args.number(1),
  lessorequals: (args) => args.number(0) <= args.number(1),
  greater: (args) => args.number(0) > args.number(1),
  greaterorequals: (args) => args.number(0) >= args.number(1),
  add: (args) => args.number(0) + args.number(1),
  sub: (args) => args.number(0) - args.number(1),
  mul: (args) => args.number(0) * args.number(1),
  div: (args) => divide(args.number(0), args.number(1)),
  mod: (args) => args.number(0) - divide(args.number(0), args.number(1)) * args.number(1),
  min: (args) => Math.min(...args.all.map((_, index) => args.number(index))),
  max: (args) => Math.max(...args.all.map((_, index) => args.number(index))),
  true: () => true,
  false: () => false,
  null: () => null,
};

/** These build a text or a list out of their arguments, so that an open part stays a part. The others look inside. */
export const KEEPS_OPEN_PARTS: ReadonlySet<string> = new Set([
  'concat',
  'format',
  'createarray',
  'array',
  'createobject',
  'string',
  'join',
  'union',
  'coalesce',
]);
