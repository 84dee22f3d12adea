/** Fields that several parts of the template schema share. */

export const NAME_PATTERN = '^[A-Za-z0-9-_.]{1,64}$';

export const stringMap = { type: 'object', additionalProperties: { type: 'string' } } as const;

export const readOnly = { readOnly: true, description: 'Read-only: ignored in requests.' } as const;

export const stepName = {
  type: 'string',
  description: 'Name of the step in timeline and logs.',
} as const;

export const sha256Checksum = {
  type: 'string',
  format: 'sha256',
  description: 'SHA-256 of the content as 64 hexadecimal digits. Empty: filled in from the first download.',
} as const;

export const storageAccountType = {
  type: 'string',
  enum: ['Standard_LRS', 'Standard_ZRS', 'Premium_LRS'],
  description: 'Storage of the image replica.',
} as const;

/** Fields of everything that brings a script into the machine. */
export const scriptFields = {
  inline: {
    type: 'array',
    items: { type: 'string' },
    description: 'Lines of the script; one shell runs them all.',
  },
  scriptUri: { type: 'string', download: 'optional', description: 'URL of the script.' },
  sha256Checksum,
} as const;

export const shellFields = { type: { const: 'Shell' }, name: stepName, ...scriptFields } as const;

export const powerShellFields = {
  type: { const: 'PowerShell' },
  name: stepName,
  ...scriptFields,
  runElevated: { type: 'boolean', default: false, description: 'Run with elevated privileges.' },
  runAsSystem: {
    type: 'boolean',
    default: false,
    description: 'Run as Local System; needs `runElevated: true`.',
  },
  validExitCodes: {
    type: 'array',
    items: { type: 'integer' },
    description: 'Exit codes that count as success. Default: [0].',
  },
} as const;

export const fileFields = {
  type: { const: 'File' },
  name: stepName,
  sourceUri: { type: 'string', download: 'required', description: 'URL of the file.' },
  sha256Checksum,
  destination: {
    type: 'string',
    format: 'absolute-path',
    description: 'Absolute path of the file in the machine; its directory must exist.',
  },
} as const;

/** Keywords of a step with a script: see checker-keywords.ts. */
export const scriptRules = {
  exactlyOne: ['inline', 'scriptUri'],
  needs: { sha256Checksum: 'scriptUri' },
} as const;
export const powerShellRules = {
  exactlyOne: ['inline', 'scriptUri'],
  needs: { sha256Checksum: 'scriptUri', runAsSystem: 'runElevated' },
} as const;
