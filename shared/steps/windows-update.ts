import type { FromSchema } from 'json-schema-to-ts';
import { updateRound } from '../guest/windows-update.ts';
import type { Customizer } from '../model/template.ts';
import { stepName } from './fields.ts';
import type { StepKind } from './kind.ts';

export const windowsUpdateSchema = {
  type: 'object',
  title: 'WindowsUpdate customizer',
  required: ['type'],
  additionalProperties: false,
  properties: {
    type: { const: 'WindowsUpdate' },
    name: stepName,
    searchCriteria: {
      type: 'string',
      updateText: 'criteria',
      description: 'Search criteria of Windows Update. Default: `BrowseOnly=0 and IsInstalled=0`.',
    },
    filters: {
      type: 'array',
      items: { type: 'string', updateText: 'filter' },
      description: 'Filters `include:<expression>` or `exclude:<expression>`; the first match decides.',
    },
    updateLimit: {
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
      default: 0,
      description: 'Updates that are installed together; 0 stands for 1000.',
    },
  },
} as const;

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#windows-update-customizer */
const SEARCH_CRITERIA = 'BrowseOnly=0 and IsInstalled=0';
const UPDATE_LIMIT = 1000;

type Wire = FromSchema<typeof windowsUpdateSchema, { keepDefaultedPropertiesOptional: true }>;

export const windowsUpdate: StepKind<Wire, Extract<Customizer, { type: 'WindowsUpdate' }>> = {
  system: 'Windows',
  toStep: (wire, name) => ({
    type: 'WindowsUpdate',
    name,
    searchCriteria: wire.searchCriteria || SEARCH_CRITERIA,
    filters: wire.filters ?? [],
    updateLimit: wire.updateLimit || UPDATE_LIMIT,
  }),
  plan: (_step, buildSeconds) => ({ kind: 'windows-update', timeoutSeconds: buildSeconds }),
  render: (step, { prepare }) => updateRound(step, prepare !== undefined),
};
