import { type CheckContext, KEYWORDS } from './checker-keywords.ts';
import { checkOf } from './checker-compile.ts';
import type { SchemaNode } from './schema/node.ts';
import type { WireTemplate } from './schema/image-template.ts';
import type { ApiVersion } from './versions/version.ts';

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
type Rules = {
  check(keyword: string, argument: unknown, value: unknown, at: string): CheckError[];
};

export type Check = {
  (this: Rules, value: unknown): boolean;
  /** Of the last call. */
  errors?: readonly CheckError[] | null;
};

export type CheckResult =
  | { readonly ok: true; readonly body: WireTemplate }
  | { readonly ok: false; readonly errors: readonly CheckError[] };

export function templateShape({ name, schema }: ApiVersion): Shape {
  return { name: `template ${name}`, schema };
}

export function checkBody(body: unknown, version: ApiVersion, context: CheckContext): CheckResult {
  const errors = checkShape(body, templateShape(version), context);
  const isValid = (_value: unknown): _value is WireTemplate => errors.length === 0;
  return isValid(body) ? { ok: true, body } : { ok: false, errors };
}

/** Every problem of a value. */
export function checkShape(value: unknown, shape: Shape, context: CheckContext): readonly CheckError[] {
  const check = checkOf(shape);
  return check.call(rulesFor(context), value) ? [] : (check.errors ?? []);
}

export function rulesFor(context: CheckContext): Rules {
  return {
    check: (keyword, argument, value, at) =>
      (KEYWORDS[keyword]?.rule(argument, value, context) ?? []).map((found) => ({
        keyword,
        message: found.message,
        instancePath: `${at}${found.at}`,
        params: { code: found.code },
      })),
  };
}
