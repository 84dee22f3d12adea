import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { FORMATS } from './checker-formats.ts';
import { addKeywords, type CheckContext } from './checker-keywords.ts';
import type { SchemaNode } from './schema/node.ts';
import type { WireTemplate } from './schema/image-template.ts';
import type { ApiVersion } from './versions/version.ts';

const compiled = new WeakMap<SchemaNode, ValidateFunction>();

export type CheckResult =
  | { readonly ok: true; readonly body: WireTemplate }
  | { readonly ok: false; readonly errors: readonly ErrorObject[] };

export function checkBody(body: unknown, version: ApiVersion, context: CheckContext): CheckResult {
  const errors = checkShape(body, version.schema, context);
  const isValid = (_value: unknown): _value is WireTemplate => errors.length === 0;
  return isValid(body) ? { ok: true, body } : { ok: false, errors };
}

/**
 * Every problem of a value. A schema is compiled when it is first asked for, not at build time: about 50 ms once per version on a slow
 * core, while standalone code would need a generator between `tsc` and the package.
 */
export function checkShape(
  value: unknown,
  schema: SchemaNode,
  context: CheckContext,
): readonly ErrorObject[] {
  const validate = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, validate);
  return validate.call(context, value) ? [] : (validate.errors ?? []);
}

function compile(schema: SchemaNode): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, discriminator: true, passContext: true });
  for (const [name, { test }] of Object.entries(FORMATS)) ajv.addFormat(name, test);
  addKeywords(ajv);
  // For readers of the schema (spelling.ts, reshape.ts), not for the check.
  ajv.addVocabulary(['wire', 'formerly', 'upgrade', 'downgrade']);
  return ajv.compile(schema);
}
