import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { FORMATS } from './checker-formats.ts';
import { addKeywords, type CheckContext } from './checker-keywords.ts';
import type { WireTemplate } from './schema/image-template.ts';
import type { ApiVersion } from './versions/version.ts';

const compiled = new Map<string, ValidateFunction<WireTemplate>>();

export type CheckResult =
  | { readonly ok: true; readonly body: WireTemplate }
  | { readonly ok: false; readonly errors: readonly ErrorObject[] };

/**
 * Compiled when a version is first asked for, not at build time: about 50 ms once per version on a slow core, while standalone code
 * would need a generator between `tsc` and the package.
 */
export function checkBody(body: unknown, version: ApiVersion, context: CheckContext): CheckResult {
  const validate = compiled.get(version.name) ?? compile(version);
  compiled.set(version.name, validate);
  const isValid = (value: unknown): value is WireTemplate => validate.call(context, value);
  return isValid(body) ? { ok: true, body } : { ok: false, errors: validate.errors ?? [] };
}

function compile(version: ApiVersion): ValidateFunction<WireTemplate> {
  const ajv = new Ajv({ allErrors: true, verbose: true, discriminator: true, passContext: true });
  for (const [name, { test }] of Object.entries(FORMATS)) ajv.addFormat(name, test);
  addKeywords(ajv);
  // For readers of the schema (spelling.ts), not for the check.
  ajv.addVocabulary(['wire', 'formerly', 'upgrade', 'downgrade']);
  return ajv.compile<WireTemplate>(version.schema);
}
