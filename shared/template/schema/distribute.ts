import { NAME_PATTERN, storageAccountType, stringMap } from './fields.ts';

const targetFields = {
  runOutputName: {
    type: 'string',
    pattern: NAME_PATTERN,
    description: 'Name of the result; unique in the template.',
  },
  artifactTags: { ...stringMap, default: {}, description: 'Tags of the image.' },
} as const;

const region = { type: 'string', format: 'region' } as const;

const managedImage = {
  type: 'object',
  title: 'ManagedImage distributor',
  required: ['type', 'runOutputName', 'imageId', 'location'],
  additionalProperties: false,
  properties: {
    type: { const: 'ManagedImage' },
    ...targetFields,
    imageId: {
      type: 'string',
      armId: { types: ['Microsoft.Compute/images'] },
      description: 'Id of the managed image to create or replace.',
    },
    location: { ...region, description: 'Region of the image.' },
  },
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

const sharedImage = {
  type: 'object',
  title: 'SharedImage distributor',
  required: ['type', 'runOutputName', 'galleryImageId'],
  additionalProperties: false,
  notTogether: [['targetRegions', 'replicationRegions']],
  needs: { storageAccountType: 'replicationRegions' },
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
      oneOf: [latestVersioning, sourceVersioning],
    },
    replicationMode: {
      type: 'string',
      enum: ['Full', 'Shallow'],
      default: 'Full',
      description: '`Shallow` keeps the data in the source: quick, for tests.',
    },
  },
} as const;

const vhd = {
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
      description: "Blob to write the VHD to. Empty: Kiln's storage account.",
    },
  },
} as const;

export const distributor = {
  type: 'object',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [managedImage, sharedImage, vhd],
} as const;
