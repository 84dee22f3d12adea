import type { FromSchema } from 'json-schema-to-ts';
import type { Failure } from '../errors/failure.ts';
import type { Shape } from '../template/check-shape.ts';
import { checkShape } from '../template/checker.ts';
import { explain } from '../template/explain.ts';
import { isObject } from '../template/schema/node.ts';

/** Body of a message in `build-requests`. docs/events.md describes it with examples. */
export const buildRequest = {
  type: 'object',
  title: 'build request',
  required: ['templateId'],
  additionalProperties: false,
  properties: {
    templateId: { type: 'string', minLength: 1, description: 'ARM id of the template.' },
    template: {
      type: 'object',
      title: 'inline template',
      description:
        'Body of the template, as a PUT has it, with its `apiVersion` beside. Submitted under `templateId` before it is built.',
      additionalProperties: true,
    },
    parameters: {
      type: 'object',
      title: 'parameters',
      description:
        'Values for the parameters that the template declares; its scripts see them as environment variables. Not for secrets.',
      maxProperties: 50,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' },
      additionalProperties: { type: 'string', maxLength: 1024 },
    },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 512,
      description: 'Why, in words; shown on the run and in its events.',
    },
    correlationId: {
      type: 'string',
      maxLength: 128,
      description: 'Your own id, repeated in every event. Absent: the correlation id of the message.',
    },
    priority: {
      type: 'integer',
      minimum: -9,
      maximum: 9,
      description: 'Higher is built first; 0 unless given.',
    },
    notBefore: {
      type: 'string',
      format: 'utc-time',
      description: 'Not before this moment (ISO 8601 with zone).',
    },
    whenBusy: {
      type: 'string',
      enum: ['coalesce', 'queue'],
      description: '`coalesce` or `queue`.',
    },
    noCache: {
      type: 'boolean',
      description: 'The run uses no checkpoint; what it makes is kept all the same.',
    },
    idempotencyKey: {
      type: 'string',
      minLength: 1,
      maxLength: 256,
      description:
        'Names the request: the same key is the same run. Absent: source and id of the CloudEvent, or the message id.',
    },
  },
} as const;

export type WireRequest = FromSchema<typeof buildRequest>;

export const BUILD_REQUEST: Shape = { name: 'build request', schema: buildRequest };

export function checkRequestBody(body: unknown): {
  readonly value?: WireRequest;
  readonly problems: readonly Failure[];
} {
  const errors = checkShape(body, BUILD_REQUEST, { urls: { allow: [] }, artifacts: true });
  const isValid = (_value: unknown): _value is WireRequest => errors.length === 0;
  const ofNames = parameterProblems(body);
  if (isValid(body) && ofNames.length === 0) return { value: body, problems: [] };
  // A bad name is told by two errors: of the name itself, and of the object that has it.
  const told = errors.filter(({ propertyName }) => propertyName === undefined);
  const ofShape = told.map((error) =>
    error.keyword === 'propertyNames'
      ? badName(error.instancePath, String(error.params['propertyName']))
      : explain(error, { value: body, schema: buildRequest, version: '2026-11-01' }),
  );
  return { problems: [...ofShape, ...ofNames] };
}

/** What the shape cannot say of the names of parameters. */
function parameterProblems(body: unknown): Failure[] {
  const parameters = isObject(body) && isObject(body['parameters']) ? body['parameters'] : {};
  const names = Object.keys(parameters);
  const problem = (name: string, why: string): Failure => ({
    code: 'InvalidValue',
    target: `/parameters/${name}`,
    message: `"${name}" cannot be the name of a parameter: ${why}`,
  });
  const seen = new Map<string, string>();
  return names.flatMap((name) => {
    const before = seen.get(name.toUpperCase());
    seen.set(name.toUpperCase(), name);
    if (before === undefined) return [];
    return problem(name, `"${before}" is the same name on Windows. Leave one of them out.`);
  });
}

function badName(target: string, name: string): Failure {
  const message = `"${name}" cannot be the name of a parameter: letters, digits and "_", no digit first, 64 at most.`;
  return { code: 'InvalidValue', target, message };
}
