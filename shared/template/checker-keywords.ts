import type { ErrorCode } from '../errors/codes.ts';
import { artifactHash, isArtifactScheme } from '../model/artifact-uri.ts';
import { checkUrl, withoutSecrets, type UrlPolicy } from '../model/url-policy.ts';
import { isImageVersion, parseResourceId, rooted, sameResource } from '../model/ids.ts';
import { pointerTo } from './pointer.ts';
import { parseSharedId } from '../model/shared-id.ts';
import { FORMATS } from './checker-formats.ts';
import { replicationProblems } from './checker-replication.ts';
import { isObject, type JsonObject } from './schema/node.ts';
import { show } from './show.ts';
import { filterProblem, searchProblem } from './update-search.ts';

/** What the rules need to know beside the body. */
export type CheckContext = { readonly urls: UrlPolicy; readonly artifacts: boolean };

/** `at`: JSON pointer below the checked value. */
type Problem = { readonly at: string; readonly code: ErrorCode; readonly message: string };

type Rule<Argument, Value> = (argument: Argument, value: Value, context: CheckContext) => Problem[];

const problem = (code: ErrorCode, message: string, at = ''): Problem[] => [{ at, code, message }];

/** Empty strings, empty lists and `false` are what generated clients send for "not given". */
function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

const exactlyOne: Rule<readonly string[], JsonObject> = (fields, value) => {
  const given = fields.filter((field) => isGiven(value[field]));
  if (given.length === 1) return [];
  const names = fields.map((field) => `"${field}"`).join(' and ');
  return given.length === 0
    ? problem('MissingField', `None of ${names} is given. Write exactly one of them.`)
    : problem('ConflictingFields', `${names} exclude each other. Keep one of them.`);
};

const notTogether: Rule<readonly (readonly string[])[], JsonObject> = (pairs, value) =>
  pairs
    .filter((fields) => fields.every((field) => isGiven(value[field])))
    .flatMap(([kept = '', other = '']) =>
      problem(
        'ConflictingFields',
        `"${kept}" and "${other}" exclude each other. Keep one of them.`,
        `/${other}`,
      ),
    );

const needs: Rule<Readonly<Record<string, string>>, JsonObject> = (needed, value) =>
  Object.entries(needed)
    .filter(([field, other]) => isGiven(value[field]) && !isGiven(value[other]))
    .flatMap(([field, other]) =>
      problem(
        'ConflictingFields',
        `"${field}" needs "${other}". Add "${other}" or remove "${field}".`,
        `/${field}`,
      ),
    );

const uniqueBy: Rule<string, readonly unknown[]> = (field, items) => {
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const value = isObject(item) ? item[field] : undefined;
    if (typeof value !== 'string') return [];
    const key = value.toLowerCase().replaceAll(' ', '');
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    if (first === undefined) return [];
    return problem(
      'DuplicateValue',
      `"${value}" is already used by item ${first}. Give each item its own "${field}".`,
      `/${index}/${field}`,
    );
  });
};

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#identity */
const identityRule: Rule<{ none: boolean }, JsonObject> = ({ none }, identity) => {
  const assigned = identity['userAssignedIdentities'];
  const count = isObject(assigned) ? Object.keys(assigned).length : 0;
  const type = identity['type'] ?? (count > 0 ? 'UserAssigned' : 'None');
  if (type === 'None' && count > 0)
    return problem(
      'ConflictingFields',
      '"type" is "None" but identities are listed. Write "UserAssigned".',
      '/type',
    );
  if (type === 'None' && none) return [];
  if (count === 1) return [];
  return problem(
    'InvalidValue',
    `${count} identities are listed. List exactly one user-assigned identity: {"<id>": {}}.`,
    '/userAssignedIdentities',
  );
};

type IdArgument = {
  readonly types: readonly string[];
  readonly latest?: boolean;
  readonly optional?: boolean;
  /** Also a version of a gallery that others share. */
  readonly shared?: boolean;
};

const armId: Rule<IdArgument, string> = ({ types, latest = false, optional = false, shared = false }, id) => {
  if (optional && id === '') return [];
  if (shared && parseSharedId(id) !== undefined) return [];
  const [expected = ''] = types;
  const parsed = parseResourceId(expected === 'resourceGroups' ? rooted(id) : id);
  if (parsed === undefined || !types.some((type) => sameResource(type, parsed.type)))
    return problem(
      'InvalidResourceId',
      `"${id}" is not an id of type ${expected}. Write ${exampleId(expected)}.`,
    );
  const last = parsed.names.at(-1) ?? '';
  const isVersion = /\/versions$/i.test(parsed.type);
  if (!isVersion || isImageVersion(last) || (latest && last.toLowerCase() === 'latest')) return [];
  const alternatives = latest ? '1.2.3 or latest' : '1.2.3';
  return problem('InvalidValue', `"${last}" is not an image version. Write three integers: ${alternatives}.`);
};

/** The keys of a map are ids; each bad one gets its own pointer. */
const keyIds: Rule<IdArgument, JsonObject> = (argument, map, context) =>
  Object.keys(map).flatMap((key) =>
    armId(argument, key, context).map((found) => ({ ...found, at: pointerTo(key) })),
  );

/** The keys of a map become environment variables; names of ours steer the scripts around a step. */
const keyNames: Rule<'variable', JsonObject> = (_argument, map) =>
  Object.keys(map)
    .filter((key) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key) || /^KILN_/i.test(key))
    .flatMap((key) =>
      problem(
        'InvalidValue',
        `"${key}" cannot be an environment variable. Write letters, digits and "_", no digit first, and not KILN_ first.`,
        pointerTo(key),
      ),
    );

/** `/subscriptions/{GUID}/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{name}/images/{name}` */
function exampleId(type: string): string {
  const group = '/subscriptions/{GUID}/resourceGroups/{group}';
  if (type === 'resourceGroups') return group;
  const [namespace, ...types] = type.split('/');
  return `${group}/providers/${namespace}/${types.map((part) => `${part}/{name}`).join('/')}`;
}

const download: Rule<'required' | 'optional', string> = (need, uri, { urls, artifacts }) => {
  if (uri === '' && need === 'optional') return [];
  if (isArtifactScheme(uri)) {
    if (!artifacts)
      return problem('UrlNotAllowed', `"${uri}" needs api-version 2026-11-01. Use an https URL.`);
    return artifactHash(uri) === undefined
      ? problem(
          'InvalidValue',
          `"${uri}" is not an artifact. Write kiln-artifact://sha256/ and 64 hexadecimal digits.`,
        )
      : [];
  }
  const check = checkUrl(uri, urls);
  if (check.ok) return [];
  const shown = withoutSecrets(uri);
  return problem(
    'UrlNotAllowed',
    `"${shown}" ${check.reason}. Use a public https URL without credentials in it.`,
  );
};

const notBetween: Rule<readonly [number, number], number> = ([from, to], value) =>
  value >= from && value <= to
    ? problem('InvalidValue', `${value} could never succeed. Write 0 for the default, or at least ${to + 1}.`)
    : [];

const replication: Rule<boolean, JsonObject> = (_asked, value) => replicationProblems(value);

/** In place of ajv's own keyword, whose formats would have to be code beside the compiled checks. */
const format: Rule<string, string> = (name, text) => {
  const known = FORMATS[name];
  if (known === undefined || known.test(text)) return [];
  return problem('InvalidValue', `${show(text)} is not ${known.expects}.`);
};

/** Of a WindowsUpdate step: what Windows would refuse long after the machine is up. */
const updateText: Rule<'criteria' | 'filter', string> = (kind, text) => {
  // Empty stands for the default, as everywhere. What no person has written is not worth the time.
  if (text === '' || text.length > 10_000) return [];
  const found = kind === 'criteria' ? searchProblem(text) : filterProblem(text);
  return found === undefined ? [] : problem('InvalidValue', found);
};

export type Keyword = {
  /** Values of another type are not looked at: their type is wrong, and that is told already. */
  readonly type: 'object' | 'array' | 'string' | 'number';
  /** `argument`: as our own schema has it; `value`: of the type above. */
  rule(argument: unknown, value: unknown, context: CheckContext): Problem[];
};

/** The keywords of our schemas that JSON Schema lacks, or that the compiled checks leave to us. */
export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  exactlyOne: { type: 'object', rule: exactlyOne },
  notTogether: { type: 'object', rule: notTogether },
  needs: { type: 'object', rule: needs },
  uniqueBy: { type: 'array', rule: uniqueBy },
  identityRule: { type: 'object', rule: identityRule },
  armId: { type: 'string', rule: armId },
  keyIds: { type: 'object', rule: keyIds },
  keyNames: { type: 'object', rule: keyNames },
  download: { type: 'string', rule: download },
  replication: { type: 'object', rule: replication },
  notBetween: { type: 'number', rule: notBetween },
  format: { type: 'string', rule: format },
  updateText: { type: 'string', rule: updateText },
};
