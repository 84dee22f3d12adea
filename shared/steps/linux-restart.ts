import type { FromSchema } from 'json-schema-to-ts';
import type { Customizer } from '../model/template.ts';
import { checkpoint, OURS, stepName } from './fields.ts';
import type { StepKind } from './kind.ts';
import { seconds, toCheckpoint } from './script-step.ts';

export const linuxRestartSchema = {
  type: 'object',
  since: OURS,
  title: 'LinuxRestart customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'LinuxRestart' },
    name: stepName,
    restartTimeout: {
      type: 'string',
      format: 'duration',
      description: 'Magnitude and unit, for example `5m` or `2h`. Default: `5m`.',
    },
    checkpoint,
  },
} as const;

export const linuxRestart: StepKind<
  FromSchema<typeof linuxRestartSchema>,
  Extract<Customizer, { type: 'LinuxRestart' }>
> = {
  system: 'Linux',
  toStep: (wire, name) => ({
    type: 'LinuxRestart',
    name,
    restartTimeout: seconds(wire.restartTimeout),
    ...toCheckpoint(wire),
  }),
  plan: ({ restartTimeout }) => ({ kind: 'restart', timeoutSeconds: restartTimeout }),
};
