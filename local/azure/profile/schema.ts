import { TROUBLES } from '../../machines/simulated/script.ts';

const positive = { type: 'number', exclusiveMinimum: 0 };
const seconds = { type: 'number', minimum: 0 };
const text = { type: 'string', minLength: 1 };
const count = { type: 'integer', minimum: 0 };

/** A closed object: a misspelt member of a profile is an error, not a fault that never happens. */
function closed(properties: Record<string, object>, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, properties, required };
}

function listOf(items: object) {
  return { type: 'array', items };
}

function mapOf(additionalProperties: object) {
  return { type: 'object', additionalProperties };
}

const match = { ...closed({ operation: text, method: text, path: text }), minProperties: 1 };

const fault = {
  ...closed(
    {
      match,
      calls: { anyOf: [{ const: 'all' }, { ...listOf({ type: 'integer', minimum: 1 }), minItems: 1 }] },
      answer: closed(
        {
          status: { type: 'integer', minimum: 400, maximum: 599 },
          code: text,
          message: text,
          headers: mapOf({ type: 'string' }),
        },
        ['status', 'code', 'message'],
      ),
      failOperation: closed({ code: text, message: text }, ['code', 'message']),
      effect: { enum: ['stuck', 'agent-never-ready', 'evict'] },
    },
    ['match'],
  ),
  oneOf: [{ required: ['answer'] }, { required: ['failOperation'] }, { required: ['effect'] }],
};

const size = closed(
  {
    name: text,
    family: text,
    vCpus: { type: 'integer', minimum: 1 },
    memoryGiB: positive,
    generations: { enum: ['V1', 'V2', 'V1,V2'] },
    architecture: { enum: ['x64', 'Arm64'] },
    trustedLaunchDisabled: { type: 'boolean' },
    diskControllers: text,
    restrictedIn: listOf(text),
    restrictedZones: listOf(text),
  },
  ['name', 'family', 'vCpus', 'memoryGiB', 'generations', 'architecture'],
);

const image = closed(
  {
    publisher: text,
    offer: text,
    sku: text,
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
    generation: { enum: ['V1', 'V2'] },
    osType: { enum: ['Linux', 'Windows'] },
    architecture: { enum: ['x64', 'Arm64'] },
    trustedLaunch: { type: 'boolean' },
    plan: closed({ name: text, product: text, publisher: text }, ['name', 'product', 'publisher']),
    deprecation: closed(
      {
        state: { enum: ['ScheduledForDeprecation', 'Deprecated'] },
        on: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}(T[\\d:.]+Z)?$' },
        alternative: text,
      },
      ['state'],
    ),
  },
  ['publisher', 'offer', 'sku', 'version', 'generation', 'osType'],
);

/** JSON Schema of a profile file; every member may be left out. */
export const PROFILE_SCHEMA = closed({
  $schema: text,
  timeCompression: positive,
  outputRate: closed({ mebibytes: count, seconds: positive }),
  retryAfter: closed({ seconds: count, milliseconds: count }),
  latencySeconds: mapOf(seconds),
  replication: closed({
    seconds,
    spread: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
    regions: mapOf(
      closed({
        seconds,
        failTimes: count,
        failsVersion: { type: 'boolean' },
        stuck: { type: 'boolean' },
      }),
    ),
  }),
  throttling: listOf(
    closed({ match, calls: count, seconds: positive, retryAfterSeconds: seconds }, [
      'match',
      'calls',
      'seconds',
    ]),
  ),
  buckets: listOf(
    closed(
      {
        name: text,
        operations: listOf(text),
        methods: listOf(text),
        calls: { type: 'integer', minimum: 1 },
        seconds: positive,
        per: { enum: ['machine', 'operation'] },
      },
      ['name', 'calls', 'seconds'],
    ),
  ),
  allocationFailures: listOf(
    closed({ size: text, code: text, times: { type: 'integer', minimum: 1 } }, ['size', 'code', 'times']),
  ),
  faults: listOf(fault),
  subscriptions: listOf({ type: 'string', pattern: '^[0-9a-f-]{36}$' }),
  locations: { ...listOf({ type: 'string', pattern: '^[a-z0-9]+$' }), minItems: 1 },
  sizes: { ...listOf(size), minItems: 1 },
  coreQuota: count,
  coreQuotas: mapOf(count),
  trustedLaunchByDefault: { type: 'boolean' },
  machines: closed({
    maxCpus: { type: 'integer', minimum: 1 },
    maxMemoryMiB: { type: 'integer', minimum: 64 },
  }),
  roles: listOf(text),
  simulated: closed({
    bootSeconds: seconds,
    scriptSeconds: seconds,
    powerOffSeconds: seconds,
    powerOffPattern: { type: 'string', format: 'regex' },
    sysprepFails: { type: 'string' },
    images: listOf(image),
    outcomes: listOf(
      closed(
        {
          match: { type: 'string', format: 'regex' },
          runs: {
            ...listOf(
              closed({
                exit: { type: 'integer' },
                seconds,
                stdout: { type: 'string' },
                stderr: { type: 'string' },
                serial: { type: 'string' },
                powerOff: { type: 'boolean' },
                trouble: { enum: [...TROUBLES] },
                message: { type: 'string' },
              }),
            ),
            minItems: 1,
          },
        },
        ['match', 'runs'],
      ),
    ),
  }),
});
