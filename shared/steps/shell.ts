import type { FromSchema } from 'json-schema-to-ts';
import { fileScript, inlineScript } from '../guest/shell.ts';
import type { Customizer } from '../model/template.ts';
import { scriptRules, shellFields } from './fields.ts';
import type { StepKind } from './kind.ts';
import { planCommand, toScript, toScriptOptions, valuesOf } from './script-step.ts';

export const shellSchema = {
  type: 'object',
  title: 'Shell customizer',
  required: ['type'],
  additionalProperties: false,
  properties: shellFields,
  ...scriptRules,
} as const;

export const shell: StepKind<FromSchema<typeof shellSchema>, Extract<Customizer, { type: 'Shell' }>> = {
  system: 'Linux',
  toStep: (wire, name) => ({
    type: 'Shell',
    name,
    script: toScript(wire),
    ...(wire.runAs && { runAs: wire.runAs }),
    ...toScriptOptions(wire),
  }),
  plan: planCommand,
  render(step, rendering) {
    const { templateName, content } = rendering;
    const values = { ...valuesOf(step, rendering), ...(step.runAs && { runAs: step.runAs }) };
    return step.script.kind === 'inline'
      ? inlineScript(step.script.lines, templateName, values)
      : fileScript(content.bytes ?? new Uint8Array(), templateName, values);
  },
};
