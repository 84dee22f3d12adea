import { fileSchema } from '../../steps/file.ts';
import { powerShellSchema } from '../../steps/power-shell.ts';
import { shellSchema } from '../../steps/shell.ts';
import { MOST_STEPS } from './fields.ts';
import { checks, hygiene, vulnerabilities } from './proofs.ts';

/** Validators have the fields of the customizers of the same type. */
const validator = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [
    { ...shellSchema, title: 'Shell validator' },
    { ...powerShellSchema, title: 'PowerShell validator' },
    { ...fileSchema, title: 'File validator' },
  ],
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
    checks,
    hygiene,
    vulnerabilities,
  },
} as const;
