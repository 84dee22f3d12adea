import type { FromSchema } from 'json-schema-to-ts';
import type { Customizer } from '../model/template.ts';
import { stepName } from './fields.ts';
import type { StepKind } from './kind.ts';
import { seconds } from './script-step.ts';

export const windowsRestartSchema = {
  type: 'object',
  title: 'WindowsRestart customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'WindowsRestart' },
    name: stepName,
    restartCommand: {
      type: 'string',
      description: 'Command that restarts. Default: `shutdown /r /f /t 0 /c "packer restart"`.',
    },
    restartCheckCommand: {
      type: 'string',
      description:
        'Command that is run once when the machine is back; its exit code is noted and not judged. Default: none.',
    },
    restartTimeout: {
      type: 'string',
      format: 'duration',
      description: 'Magnitude and unit, for example `5m` or `2h`. Default: `5m`.',
    },
  },
} as const;

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#windows-restart-customizer */
const DEFAULT_COMMAND = 'shutdown /r /f /t 0 /c "packer restart"';

export const windowsRestart: StepKind<
  FromSchema<typeof windowsRestartSchema>,
  Extract<Customizer, { type: 'WindowsRestart' }>
> = {
  system: 'Windows',
  toStep: (wire, name) => ({
    type: 'WindowsRestart',
    name,
    restartCommand: wire.restartCommand || DEFAULT_COMMAND,
    restartCheckCommand: wire.restartCheckCommand ?? '',
    restartTimeout: seconds(wire.restartTimeout),
  }),
  plan: ({ restartCommand, restartCheckCommand, restartTimeout }) => ({
    kind: 'restart',
    timeoutSeconds: restartTimeout,
    ...(restartCommand !== DEFAULT_COMMAND && { ownCommand: true }),
    ...(restartCheckCommand !== '' && { ownCheck: true }),
  }),
};
