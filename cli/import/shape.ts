import type { JsonObject } from '../api/json.ts';

/** What the import knows of the schema of a template: the fields, their types, and how a union is told apart. */
export type Shape = {
  readonly type?: string;
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly values?: Shape;
  readonly items?: Shape;
  readonly required?: readonly string[];
  readonly exactlyOne?: readonly string[];
  readonly enum?: readonly string[];
  /** Field that selects the branch, and the branches by its value. */
  readonly tag?: string;
  readonly branches?: Readonly<Record<string, Shape>>;
  readonly readOnly?: boolean;
  /** A text of a certain form. */
  readonly kind?: 'id' | 'version' | 'download';
};

/** The key that is meant: as it is, in other case, or with a slip of one or two letters. */
export function closest(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key;
  const sameLetters = known.find((name) => name.toLowerCase() === key.toLowerCase());
  if (sameLetters !== undefined || key.length < 6) return sameLetters;
  return known.find((name) => slips(name.toLowerCase(), key.toLowerCase()));
}

/** True when one letter is wrong, missing or too many, or two neighbours are swapped: `aritfactTags`. */
function slips(a: string, b: string): boolean {
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - from && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(from, a.length - end), b.slice(from, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

/** The branch of a union that an object is of; the shape itself where there is no choice. */
export function branchOf(shape: Shape, value: JsonObject): { name: string; shape: Shape } | undefined {
  const { tag, branches } = shape;
  if (tag === undefined || branches === undefined) return { name: '', shape };
  const given = value[tag];
  if (typeof given !== 'string') return undefined;
  const name = Object.keys(branches).find((branch) => branch.toLowerCase() === given.toLowerCase());
  const found = name === undefined ? undefined : branches[name];
  return name === undefined || found === undefined ? undefined : { name, shape: found };
}
