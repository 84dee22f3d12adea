/**
 * Fields that several kinds of steps share. `since`: the api-version that brought them; older ones know nothing of them.
 */

/** Our own api-version. */
export const OURS = '2026-11-01';

/** Arguments and variables of one step: a run command takes them as parameters. */
const MOST_VARIABLES = 200;
/** Each is a question to the vault when the step starts. */
const MOST_SECRETS = 50;

export const stepName = {
  type: 'string',
  description: 'Name of the step in timeline and logs.',
} as const;

export const sha256Checksum = {
  type: 'string',
  format: 'sha256',
  description: 'SHA-256 of the content as 64 hexadecimal digits. Empty: filled in from the first download.',
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

/** Days that a checkpoint stays unless the template says. */
export const CHECKPOINT_DAYS = 7;

export const checkpoint = {
  since: OURS,
  type: 'object',
  title: 'checkpoint of a step',
  description:
    'Keeps the machine as it is after this customizer. A later build in which source, parameters and all steps up to here are the same begins with it. Linux only; see checkpoints.md.',
  additionalProperties: false,
  properties: {
    days: {
      type: 'integer',
      minimum: 1,
      maximum: 30,
      description: 'Days that it stays. Default: 7.',
    },
    afterSecrets: {
      type: 'boolean',
      description:
        'Also after steps with `secrets`, whose values may then be on the disk that is kept. Default: false.',
    },
  },
} as const;

/** For every step that is one script. */
export const stepOptions = {
  checkpoint,
  timeout: {
    since: OURS,
    type: 'string',
    format: 'duration',
    description: 'The step is stopped after this time and has failed. Default: what is left of the build.',
  },
  retry: {
    since: OURS,
    type: 'object',
    title: 'retry of a step',
    description: 'Runs a step again that has failed or timed out.',
    required: ['attempts'],
    additionalProperties: false,
    properties: {
      attempts: {
        type: 'integer',
        minimum: 1,
        maximum: 10,
        description: 'Times that the step is started at most, the first one included.',
      },
      pause: {
        type: 'string',
        format: 'duration',
        description: 'Pause before the next attempt. Default: `30s`.',
      },
    },
  },
  runIf: {
    since: OURS,
    type: 'string',
    format: 'guest-text',
    description:
      'Command that decides in the machine (sh, or PowerShell on Windows): the step is skipped unless it ends with 0.',
  },
} as const;

export const scriptOptions = {
  arguments: {
    since: OURS,
    type: 'array',
    maxItems: MOST_VARIABLES,
    items: { type: 'string', format: 'guest-text' },
    description: 'Arguments of the script; each arrives byte for byte.',
  },
  environment: {
    since: OURS,
    type: 'object',
    keyNames: 'variable',
    maxProperties: MOST_VARIABLES,
    additionalProperties: { type: 'string', format: 'guest-text' },
    description: 'Environment variables of the script; each value arrives byte for byte.',
  },
  secrets: {
    since: OURS,
    type: 'object',
    keyNames: 'variable',
    maxProperties: MOST_SECRETS,
    additionalProperties: { type: 'string', format: 'key-vault-secret' },
    description:
      'Environment variables whose values are secrets: the id of a Key Vault secret, `https://<vault>.vault.azure.net/secrets/<name>`, for each. Values are read when the step starts and are redacted in its log.',
  },
  ...stepOptions,
} as const;

export const shellFields = {
  type: { const: 'Shell' },
  name: stepName,
  ...scriptFields,
  ...scriptOptions,
  runAs: {
    since: OURS,
    type: 'string',
    format: 'account',
    description:
      'Account of the machine that the script runs as; `runIf` is asked as root all the same. Default: root.',
  },
} as const;

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
  ...scriptOptions,
} as const;

export const fileFields = {
  type: { const: 'File' },
  name: stepName,
  sourceUri: { type: 'string', download: 'required', description: 'URL of the file; 20 MiB at most.' },
  sha256Checksum,
  destination: {
    type: 'string',
    format: 'absolute-path',
    description: 'Absolute path of the file in the machine; folders that are not there are made.',
  },
  mode: {
    since: OURS,
    type: 'string',
    format: 'file-mode',
    description: 'Permissions in octal digits, for example `0755`. Default: `0644`. Linux only.',
  },
  ...stepOptions,
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
