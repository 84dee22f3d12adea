import type { SchemaNode } from './schema/node.ts';

/** What a value is checked against. The name finds the check that was compiled for the package. */
export type Shape = { readonly name: string; readonly schema: SchemaNode };

/** One problem as the compiled check tells it; explain.ts has the words for people. */
export type CheckError = {
  readonly keyword: string;
  /** JSON pointer of the value. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** The name that is wrong, when it is not the value. */
  readonly propertyName?: string;
};

/** What a compiled check calls for the keywords that are ours. */
export type Rules = {
  check(keyword: string, argument: unknown, value: unknown, at: string): CheckError[];
};

export type Check = {
  (this: Rules, value: unknown): boolean;
  /** Of the last call. */
  errors?: readonly CheckError[] | null;
};
