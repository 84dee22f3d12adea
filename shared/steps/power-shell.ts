import type { FromSchema } from 'json-schema-to-ts';
import { inlinePowerShell, powerShellFile } from '../guest/powershell.ts';
import type { Customizer } from '../model/template.ts';
import { powerShellFields, powerShellRules } from './fields.ts';
import type { StepKind } from './kind.ts';
import { planCommand, toScript, toScriptOptions, valuesOf } from './script-step.ts';

export const powerShellSchema = {
  type: 'object',
  title: 'PowerShell customizer',
  required: ['type'],
  additionalProperties: false,
  properties: powerShellFields,
  ...powerShellRules,
} as const;

type Wire = FromSchema<typeof powerShellSchema, { keepDefaultedPropertiesOptional: true }>;

export const powerShell: StepKind<Wire, Extract<Customizer, { type: 'PowerShell' }>> = {
  system: 'Windows',
  toStep: (wire, name) => ({
    type: 'PowerShell',
    name,
    script: toScript(wire),
    runElevated: wire.runElevated ?? false,
    runAsSystem: wire.runAsSystem ?? false,
    validExitCodes: wire.validExitCodes?.length ? wire.validExitCodes : [0],
    ...toScriptOptions(wire),
  }),
  plan: (step, buildSeconds) => ({
    ...planCommand(step, buildSeconds),
    validExitCodes: step.validExitCodes,
  }),
  render(step, rendering) {
    const { templateName, content } = rendering;
    const values = valuesOf(step, rendering);
    return step.script.kind === 'inline'
      ? inlinePowerShell(step.script.lines, templateName, values)
      : powerShellFile(content.bytes ?? new Uint8Array(), templateName, values);
  },
};
