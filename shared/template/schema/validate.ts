import {
  fileFields,
  MOST_STEPS,
  powerShellFields,
  powerShellRules,
  scriptRules,
  shellFields,
} from './fields.ts';

const shellValidator = {
  type: 'object',
  title: 'Shell validator',
  required: ['type'],
  additionalProperties: false,
  properties: shellFields,
  ...scriptRules,
} as const;

const powerShellValidator = {
  type: 'object',
  title: 'PowerShell validator',
  required: ['type'],
  additionalProperties: false,
  properties: powerShellFields,
  ...powerShellRules,
} as const;

const fileValidator = {
  type: 'object',
  title: 'File validator',
  required: ['type', 'sourceUri', 'destination'],
  additionalProperties: false,
  properties: fileFields,
} as const;

const validator = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [shellValidator, powerShellValidator, fileValidator],
} as const;

export const validate = {
  type: 'object',
  title: 'validate section',
  description: 'Checks that run on the finished image.',
  additionalProperties: false,
  properties: {
    continueDistributeOnFailure: {
      type: 'boolean',
      default: false,
      description: 'Distribute even when a validator fails; the run is failed all the same.',
    },
    sourceValidationOnly: {
      type: 'boolean',
      default: false,
      description: 'Validate the source as it is; nothing is built.',
    },
    inVMValidations: {
      type: 'array',
      maxItems: MOST_STEPS,
      items: validator,
      description: 'Validators, in order; at most 200.',
    },
  },
} as const;
