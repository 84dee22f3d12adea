import type { FromSchema } from 'json-schema-to-ts';
import { readOnly, stringMap } from './fields.ts';
import { identityId, properties } from './properties.ts';

const identity = {
  type: 'object',
  title: 'identity',
  description: 'The user-assigned identity of the template.',
  additionalProperties: false,
  identityRule: { none: true },
  properties: {
    type: { type: 'string', enum: ['UserAssigned', 'None'], description: '`UserAssigned` or `None`.' },
    userAssignedIdentities: {
      type: 'object',
      title: 'userAssignedIdentities',
      description: 'A map from the id of the identity to `{}`.',
      keyIds: identityId.armId,
      additionalProperties: {
        type: 'object',
        title: 'user-assigned identity',
        additionalProperties: false,
        properties: { principalId: readOnly, clientId: readOnly },
      },
    },
  },
} as const;

/**
 * The whole template in our own api-version, the superset of all. Older versions are this schema minus what they lack.
 * The envelope fields at the end are what deployment templates and exported resources carry around the resource.
 */
export const imageTemplate = {
  type: 'object',
  title: 'image template',
  required: ['location', 'properties'],
  additionalProperties: false,
  properties: {
    location: { type: 'string', format: 'region', description: 'Region of the template and of its builds.' },
    tags: { ...stringMap, default: {}, description: 'Tags of the template resource.' },
    identity,
    properties,
    id: readOnly,
    name: readOnly,
    type: readOnly,
    apiVersion: readOnly,
    dependsOn: readOnly,
    systemData: readOnly,
    etag: readOnly,
  },
} as const;

/** A request body after it was found valid: also the type of every older version's body, which has only less. */
export type WireTemplate = FromSchema<typeof imageTemplate, { keepDefaultedPropertiesOptional: true }>;
export type WireProperties = WireTemplate['properties'];
export type WireSource = WireProperties['source'];
export type WireValidate = NonNullable<WireProperties['validate']>;
