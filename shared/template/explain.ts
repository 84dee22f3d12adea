import type { ErrorCode } from '../errors/codes.ts';
import type { Failure } from '../errors/failure.ts';
import type { CheckError } from './check-shape.ts';
import { pointerTo } from './pointer.ts';
import { branchFor, isObject, nodeAt, tagOf, type SchemaNode } from './schema/node.ts';
import { show } from './show.ts';
import { suggest } from './suggest.ts';

/** What was checked: a compiled check keeps neither the values nor the words of its schema. */
export type Checked = { readonly value: unknown; readonly schema: SchemaNode; readonly version: string };

/** JSON pointer of what is wrong: of the field that is missing or unknown, not of the object that it is missing in. */
export function targetOf({ keyword, instancePath, params }: CheckError): string {
  if (keyword === 'required') return child(instancePath, String(params['missingProperty']));
  if (keyword === 'additionalProperties') return child(instancePath, String(params['additionalProperty']));
  if (keyword === 'discriminator') return child(instancePath, String(params['tag']));
  return instancePath;
}

/** One error of the checker in the words of the product. */
export function explain(error: CheckError, checked: Checked): Failure {
  const target = error.instancePath;
  const { node, value } = nodeAt(checked.schema, checked.value, target);
  if (error.keyword === 'discriminator') return badTag(error, node);
  const schema = (isObject(value) ? branchFor(node, value) : undefined) ?? node;
  switch (error.keyword) {
    case 'required':
      return missing(target, String(error.params['missingProperty']), schema);
    case 'additionalProperties':
      return unknownField(target, String(error.params['additionalProperty']), schema, checked.version);
    default:
      return badValue(error, value, schema);
  }
}

function child(parent: string, key: string): string {
  return `${parent}${pointerTo(key)}`;
}

function missing(parent: string, field: string, schema: SchemaNode): Failure {
  const { oneOf = [], discriminator, properties } = schema;
  const isTag = discriminator?.propertyName === field;
  const hint = isTag ? `one of ${list(tags(oneOf, field))}.` : properties?.[field]?.description;
  const message = `"${field}" is missing. Add it${hint === undefined ? '.' : `: ${hint}`}`;
  return { code: 'MissingField', target: child(parent, field), message };
}

function unknownField(parent: string, field: string, schema: SchemaNode, version: string): Failure {
  const fields = Object.entries(schema.properties ?? {});
  const known = fields.filter(([, field]) => field.readOnly !== true).map(([name]) => name);
  const guess = suggest(field, known);
  const advice =
    guess === undefined ? `It has ${known.map(quote).join(', ')}.` : `Did you mean ${quote(guess)}?`;
  return {
    code: 'UnknownField',
    target: child(parent, field),
    message: `${quote(field)} is not a field of the ${schema.title ?? 'object'} in api-version ${version}. ${advice}`,
  };
}

function badTag(error: CheckError, schema: SchemaNode): Failure {
  const tag = String(error.params['tag']);
  const value: unknown = error.params['tagValue'];
  const allowed = tags(schema.oneOf ?? [], tag);
  const guess = typeof value === 'string' ? suggest(value, allowed) : undefined;
  const advice = guess === undefined ? '' : ` Did you mean ${quote(guess)}?`;
  const target = child(error.instancePath, tag);
  if (value === undefined) return missing(error.instancePath, tag, schema);
  return {
    code: 'InvalidValue',
    target,
    message: `${show(value)} is not one of ${list(allowed)}.${advice}`,
  };
}

function tags(branches: readonly SchemaNode[], tag: string): string[] {
  return branches.map((branch) => tagOf(branch, tag));
}

function badValue(error: CheckError, value: unknown, schema: SchemaNode): Failure {
  const { instancePath: target, params, message = 'The value is not valid.' } = error;
  if (isCode(params['code'])) return { code: params['code'], target, message };
  const found = `${show(value)} is not ${expectation(error, schema)}.`;
  return { code: 'InvalidValue', target, message: found };
}

const RULE_CODES: readonly ErrorCode[] = [
  'InvalidValue',
  'MissingField',
  'ConflictingFields',
  'DuplicateValue',
  'InvalidResourceId',
  'UrlNotAllowed',
];

function isCode(value: unknown): value is ErrorCode {
  return RULE_CODES.some((code) => code === value);
}

function expectation({ keyword, params, message }: CheckError, schema: SchemaNode): string {
  switch (keyword) {
    case 'type':
      return `of type ${String(params['type'])}. ${schema.description ?? ''}`.trim().replace(/\.$/, '');
    case 'enum':
      return `one of ${list((schema.enum ?? []).map(String))}`;
    case 'pattern':
      return 'a name of 1 to 64 letters, digits, "-", "_" and "."';
    case 'minItems':
      return `enough: list at least ${String(params['limit'])} item`;
    case 'maxItems':
      return `short enough: list at most ${String(params['limit'])} items`;
    case 'maxProperties':
      return `small enough: list at most ${String(params['limit'])} names`;
    case 'minLength':
      return 'allowed: write a text that is not empty';
    case 'minimum':
      return `at least ${String(params['limit'])}`;
    case 'maximum':
      return `at most ${String(params['limit'])}`;
    default:
      return `valid: it ${message ?? keyword}`;
  }
}

function quote(text: string): string {
  return `"${text}"`;
}

function list(values: readonly string[]): string {
  return values.map(quote).join(', ');
}
