import type { FromSchema } from 'json-schema-to-ts';
import type { Shape } from '../template/check-shape.ts';
import { ACTIONS } from './policy.ts';

const PRINCIPAL =
  '^(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|role:.{1,120}|queue:build-requests|timer:refresh|trigger:/.{1,1024})$';

/** The setting KILN_ACCESS_POLICY. docs/access.md describes it with examples. */
export const accessPolicy = {
  type: 'object',
  title: 'access policy',
  required: ['mode', 'rules'],
  additionalProperties: false,
  properties: {
    mode: {
      type: 'string',
      enum: ['open', 'deny'],
      description:
        'What principals that no rule names may do: `open`, what their app role allows; `deny`, nothing.',
    },
    rules: {
      type: 'array',
      maxItems: 1000,
      description: 'Who may do what where. All rules that name a principal add up.',
      items: {
        type: 'object',
        title: 'rule',
        required: ['name', 'principals', 'actions', 'scopes'],
        additionalProperties: false,
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 100, description: 'For people and refusals.' },
          principals: {
            type: 'array',
            minItems: 1,
            maxItems: 500,
            description:
              'Object ids, client ids and ids of groups; `role:<app role>`, `queue:build-requests`, `timer:refresh`, `trigger:<id>`.',
            items: { type: 'string', pattern: PRINCIPAL, description: 'Whom the rule is about.' },
          },
          actions: {
            type: 'array',
            minItems: 1,
            description: 'What they may do.',
            items: { type: 'string', enum: ACTIONS, description: 'An action.' },
          },
          scopes: {
            type: 'array',
            minItems: 1,
            maxItems: 500,
            description:
              'Where: ids of subscriptions, resource groups or resources, https URLs of vaults and blob containers, each with what is below it; `/` is everything.',
            items: { type: 'string', minLength: 1, maxLength: 1024, description: 'A scope.' },
          },
        },
      },
    },
  },
} as const;

export type WirePolicy = FromSchema<typeof accessPolicy>;

export const ACCESS_POLICY: Shape = { name: 'access policy', schema: accessPolicy };
