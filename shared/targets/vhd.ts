import type { FromSchema } from 'json-schema-to-ts';
import { targetFields } from './fields.ts';
import type { PlanOf, TargetKind, TargetOf } from './kind.ts';

export const vhdSchema = {
  type: 'object',
  title: 'VHD distributor',
  required: ['type', 'runOutputName'],
  additionalProperties: false,
  properties: {
    type: { const: 'VHD' },
    ...targetFields,
    uri: {
      type: 'string',
      download: 'optional',
      description: "Blob in Azure Storage to write the VHD to. Empty: Kiln's storage account.",
    },
    copies: {
      type: 'array',
      maxItems: 50,
      items: { type: 'string', download: 'required' },
      description: 'More blobs for the same VHD, in any account that the identity of Kiln may write to.',
    },
  },
} as const;

type Wire = FromSchema<typeof vhdSchema, { keepDefaultedPropertiesOptional: true }>;

/** A blob: it has no tags, and takes the disk of any machine. Where it may go the blob store says (vhd-targets.ts). */
export const vhd: TargetKind<Wire, TargetOf<'VHD'>, PlanOf<'VHD'>> = {
  toTarget: ({ uri, copies }, common) => ({ ...common, type: 'VHD', uri: uri ?? '', copies: copies ?? [] }),
  plan: ({ uri, copies }, common) => ({ ...common, type: 'VHD', uri, copies }),
  idOf: () => '',
  changes: ({ uri, copies }) => [
    ...(uri === '' ? [] : [{ field: 'uri', id: uri }]),
    ...copies.map((id, index) => ({ field: `copies/${index}`, id })),
  ],
  places: () => [],
  ownTags: () => undefined,
  reads: () => ({}),
  obstacles: () => [],
  misfits: () => [],
  security: () => undefined,
  taker: 'A VHD',
  osState: () => undefined,
  home: () => undefined,
};
