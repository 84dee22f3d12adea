import { type CheckContext, KEYWORDS } from './checker-keywords.ts';
import { checkOf } from './checker-compile.ts';
import type { CheckError, Rules, Shape } from './check-shape.ts';
import type { WireTemplate } from './schema/image-template.ts';
import type { ApiVersion } from './versions/version.ts';

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
