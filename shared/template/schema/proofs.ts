import { MOST_STEPS } from './fields.ts';

/** What keeps an image from going out for what is known against it. docs/vulnerabilities.md. */
export const vulnerabilities = {
  type: 'object',
  title: 'vulnerabilities section',
  description: 'Distribute only what has no grave vulnerability that is known when it is built.',
  additionalProperties: false,
  required: ['failOn'],
  properties: {
    failOn: {
      type: 'string',
      enum: ['low', 'medium', 'high', 'critical'],
      description: 'The least severity that stops the run.',
    },
    fixedOnly: {
      type: 'boolean',
      default: false,
      description: 'Only what an update mends counts.',
    },
    ignore: {
      type: 'array',
      maxItems: 200,
      description: 'Advisories that do not count, for a while and for a reason.',
      items: {
        type: 'object',
        title: 'ignored advisory',
        additionalProperties: false,
        required: ['id', 'until', 'why'],
        properties: {
          id: { type: 'string', minLength: 1, description: 'Of the advisory, or its CVE number.' },
          until: {
            type: 'string',
            pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$',
            description: 'The last day, for example `2026-12-31`, UTC.',
          },
          why: { type: 'string', minLength: 1, description: 'For whoever reads it next year.' },
        },
      },
    },
  },
} as const;

const path = { type: 'string', minLength: 1, description: 'Whole path of it.' } as const;
const name = { type: 'string', minLength: 1, maxLength: 200 } as const;
const absent = { type: 'boolean', default: false, description: 'It must not be there.' } as const;

function check<const T extends string, const P extends object, const R extends readonly string[]>(
  type: T,
  required: R,
  properties: P,
) {
  return {
    type: 'object',
    title: `${type} check`,
    additionalProperties: false,
    required: ['type', ...required],
    properties: {
      type: { const: type },
      name: { ...name, description: 'For reports. Default: what it looks at.' },
      ...properties,
    },
  } as const;
}

const checkItems = [
  check('file', ['path'], {
    path,
    absent,
    mode: { type: 'string', pattern: '^0?[0-7]{3,4}$', description: 'Octal. Linux only.' },
    owner: { ...name, description: 'Name of the owner. Linux only.' },
    sha256Checksum: { type: 'string', pattern: '^[0-9A-Fa-f]{64}$', description: 'SHA-256 of its content.' },
    contains: { type: 'string', minLength: 1, description: 'Text that is in it.' },
  }),
  check('package', ['package'], {
    package: { ...name, description: 'As the package manager names it; on Windows as Apps lists it.' },
    absent,
    version: { ...name, description: 'The exact version.' },
  }),
  check('service', ['service'], {
    service: { ...name, description: 'Name of the unit or service.' },
    enabled: { type: 'boolean', description: 'Whether it starts with the machine.' },
    running: { type: 'boolean', description: 'Whether it runs now.' },
  }),
  check('port', ['port'], {
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Its number.' },
    protocol: { type: 'string', enum: ['tcp', 'udp'], default: 'tcp', description: '`tcp` or `udp`.' },
    listening: { type: 'boolean', default: true, description: 'Whether something listens there.' },
  }),
  check('user', ['user'], {
    user: { ...name, description: 'Name of the account.' },
    absent,
    groups: { type: 'array', maxItems: 50, items: name, description: 'Groups that it is in.' },
  }),
  check('command', ['command'], {
    command: { type: 'string', minLength: 1, description: 'For `sh`, on Windows for PowerShell.' },
    exitCode: { type: 'integer', default: 0, description: 'What it ends with.' },
    output: {
      type: 'string',
      description: 'Regular expression that its output has to match (ERE; .NET on Windows).',
    },
  }),
  check('kernelParameter', ['parameter', 'value'], {
    parameter: { ...name, description: 'As `sysctl` names it. Linux only.' },
    value: { type: 'string', description: 'What it is.' },
  }),
  check('registryKey', ['key'], {
    key: {
      type: 'string',
      minLength: 1,
      description: 'For example `HKLM:\\\\SOFTWARE\\\\Vendor`. Windows only.',
    },
    valueName: { ...name, description: 'One of its values.' },
    value: { type: 'string', description: 'What the value is, as text.' },
    absent,
  }),
  check('feature', ['feature'], {
    feature: { ...name, description: 'Name of a Windows feature. Windows only.' },
    installed: { type: 'boolean', default: true, description: 'Whether it is there.' },
  }),
  check('size', ['mostGB'], {
    mostGB: {
      type: 'number',
      minimum: 0.1,
      maximum: 65_536,
      description: 'GB that the system disk may have in use.',
    },
    path: { ...path, description: 'A folder instead of the whole disk.' },
  }),
] as const;

/** docs/checks.md. */
export const checks = {
  type: 'array',
  maxItems: MOST_STEPS,
  description: 'What the image has to be, looked at before the validators; at most 200.',
  items: {
    type: 'object',
    required: ['type'],
    discriminator: { propertyName: 'type' },
    oneOf: checkItems,
  },
} as const;

/** docs/checks.md, "Hygiene". */
export const hygiene = {
  type: 'string',
  enum: ['off', 'warn', 'fail'],
  description:
    'Whether what a build has left behind is looked for in a machine that boots the image, and what a finding does. Default: `fail`; for templates of the official api-versions `warn`.',
} as const;
