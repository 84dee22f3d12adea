import type { FromSchema } from 'json-schema-to-ts';
import { region, targetFields } from '../fields.ts';

/** More than Azure has today. */
const MOST_REGIONS = 100;

const storageAccountType = {
  type: 'string',
  enum: ['Standard_LRS', 'Standard_ZRS', 'Premium_LRS'],
  description: 'Storage of the image replica.',
} as const;

const targetRegion = {
  type: 'object',
  title: 'target region',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { ...region, description: 'Region.' },
    replicaCount: { type: 'integer', minimum: 1, default: 1, description: 'Replicas in the region.' },
    storageAccountType: { ...storageAccountType, default: 'Standard_LRS' },
  },
} as const;

const latestVersioning = {
  type: 'object',
  title: 'Latest versioning',
  required: ['scheme'],
  additionalProperties: false,
  properties: {
    scheme: { const: 'Latest' },
    major: {
      type: 'integer',
      minimum: -1,
      default: -1,
      description: 'Major version to count up in; -1 for any.',
    },
  },
} as const;

const sourceVersioning = {
  type: 'object',
  title: 'Source versioning',
  required: ['scheme'],
  additionalProperties: false,
  properties: { scheme: { const: 'Source' } },
} as const;

const timestampVersioning = {
  type: 'object',
  title: 'Timestamp versioning',
  required: ['scheme'],
  additionalProperties: false,
  properties: { scheme: { const: 'Timestamp' } },
} as const;

const exactVersioning = {
  type: 'object',
  title: 'Exact versioning',
  required: ['scheme', 'version'],
  additionalProperties: false,
  properties: {
    scheme: { const: 'Exact' },
    version: {
      type: 'string',
      format: 'image-version',
      description: 'The version, for example 1.2.3; it must not exist yet.',
    },
  },
} as const;

const ring = {
  type: 'object',
  title: 'ring',
  required: ['regions'],
  additionalProperties: false,
  properties: {
    regions: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_REGIONS,
      items: region,
      description: 'Target regions of the ring.',
    },
    smokeBoot: {
      type: 'boolean',
      default: false,
      description:
        'Boot a VM from the version in each region of the ring, and run the validators in it, before the next ring begins.',
    },
    approval: {
      type: 'boolean',
      default: false,
      description: 'Wait for `approve` before the next ring begins.',
    },
  },
} as const;

const promotion = {
  type: 'object',
  description:
    'When `latest` may resolve to the version. Default: in each region as soon as it is there; with rings, when every region has it.',
  required: ['rule'],
  discriminator: { propertyName: 'rule' },
  oneOf: [
    {
      type: 'object',
      title: 'AllRegions promotion',
      required: ['rule'],
      additionalProperties: false,
      properties: { rule: { const: 'AllRegions' } },
    },
    {
      type: 'object',
      title: 'Quorum promotion',
      required: ['rule', 'regions'],
      additionalProperties: false,
      properties: {
        rule: { const: 'Quorum' },
        regions: { type: 'integer', minimum: 1, description: 'So many regions must have it.' },
      },
    },
    {
      type: 'object',
      title: 'Ring promotion',
      required: ['rule', 'ring'],
      additionalProperties: false,
      properties: {
        rule: { const: 'Ring' },
        ring: { type: 'integer', minimum: 1, description: 'This ring, from 1, must be through.' },
      },
    },
  ],
} as const;

export const sharedImageSchema = {
  type: 'object',
  title: 'SharedImage distributor',
  required: ['type', 'runOutputName', 'galleryImageId'],
  additionalProperties: false,
  notTogether: [
    ['targetRegions', 'replicationRegions'],
    ['endOfLifeDate', 'endOfLifeInDays'],
  ],
  needs: { storageAccountType: 'replicationRegions' },
  replication: true,
  properties: {
    type: { const: 'SharedImage' },
    ...targetFields,
    galleryImageId: {
      type: 'string',
      armId: { types: ['Microsoft.Compute/galleries/images', 'Microsoft.Compute/galleries/images/versions'] },
      description: 'Id of the gallery image definition, or of one version of it that does not exist yet.',
    },
    replicationRegions: {
      type: 'array',
      maxItems: MOST_REGIONS,
      items: region,
      description: 'Regions. Deprecated: use `targetRegions`.',
    },
    storageAccountType: {
      ...storageAccountType,
      description: 'Storage in all `replicationRegions`. Deprecated: use `targetRegions`.',
    },
    targetRegions: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_REGIONS,
      uniqueBy: 'name',
      items: targetRegion,
      description: "Regions to replicate to. Default: the template's location.",
    },
    excludeFromLatest: {
      type: 'boolean',
      default: false,
      description: 'Do not let `latest` resolve to this version.',
    },
    versioning: {
      type: 'object',
      description: 'How the version number is made. Default: `Latest`.',
      required: ['scheme'],
      discriminator: { propertyName: 'scheme' },
      oneOf: [latestVersioning, sourceVersioning, timestampVersioning, exactVersioning],
    },
    replicationMode: {
      type: 'string',
      enum: ['Full', 'Shallow'],
      default: 'Full',
      description:
        '`Shallow`: quick, for tests, one region. The version refers to a managed image that Kiln keeps beside the gallery.',
    },
    rings: {
      type: 'array',
      maxItems: MOST_REGIONS,
      items: ring,
      description: 'Groups of regions, one after the other. Default: all at once.',
    },
    promotion,
    regionTimeout: {
      type: 'string',
      format: 'duration',
      default: '6h',
      description: 'What a region may take; the others do not wait for it.',
    },
    endOfLifeDate: {
      type: 'string',
      format: 'date-time',
      description: 'End of life of the version, for example 2027-06-30T00:00:00Z. Azure only shows it.',
    },
    endOfLifeInDays: {
      type: 'integer',
      minimum: 1,
      maximum: 36500,
      description: 'End of life of the version, in days from the build.',
    },
  },
} as const;

export type WireSharedImage = FromSchema<typeof sharedImageSchema, { keepDefaultedPropertiesOptional: true }>;
