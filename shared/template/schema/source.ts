import { readOnly } from './fields.ts';

const part = { type: 'string', minLength: 1 } as const;

export const platformImageSource = {
  type: 'object',
  title: 'PlatformImage source',
  required: ['type', 'publisher', 'offer', 'sku', 'version'],
  additionalProperties: false,
  properties: {
    type: { const: 'PlatformImage' },
    publisher: { ...part, description: 'Publisher of the marketplace image, for example Canonical.' },
    offer: { ...part, description: 'Offer of the marketplace image.' },
    sku: { ...part, description: 'SKU of the marketplace image.' },
    version: {
      ...part,
      format: 'image-version-or-latest',
      description: 'Exact version, or `latest`: resolved when the build starts.',
    },
    exactVersion: readOnly,
    planInfo: {
      type: 'object',
      title: 'purchase plan',
      description: 'Purchase plan of a paid image.',
      required: ['planName', 'planProduct', 'planPublisher'],
      additionalProperties: false,
      properties: {
        planName: { ...part, description: 'Name of the plan.' },
        planProduct: { ...part, description: 'Product of the plan.' },
        planPublisher: { ...part, description: 'Publisher of the plan.' },
      },
    },
  },
} as const;

export const managedImageSource = {
  type: 'object',
  title: 'ManagedImage source',
  required: ['type', 'imageId'],
  additionalProperties: false,
  properties: {
    type: { const: 'ManagedImage' },
    imageId: {
      type: 'string',
      armId: { types: ['Microsoft.Compute/images'] },
      description: 'Id of a generalized managed image.',
    },
  },
} as const;

export const sharedImageVersionSource = {
  type: 'object',
  title: 'SharedImageVersion source',
  required: ['type', 'imageVersionId'],
  additionalProperties: false,
  properties: {
    type: { const: 'SharedImageVersion' },
    imageVersionId: {
      type: 'string',
      armId: { types: ['Microsoft.Compute/galleries/images/versions'], latest: true, shared: true },
      description:
        'Id of a gallery image version, or /sharedGalleries/{unique name}/images/{name}/versions/{version} of a gallery that is shared with the subscription, or /communityGalleries/{public name}/… of a public one. `/versions/latest` is resolved when the build starts.',
    },
    exactVersion: readOnly,
  },
} as const;

export const isoSource = {
  type: 'object',
  title: 'ISO source',
  required: ['type', 'sourceUri', 'sha256Checksum'],
  additionalProperties: false,
  properties: {
    type: { const: 'ISO' },
    sourceUri: { type: 'string', download: 'required', description: 'URL of the installation medium.' },
    sha256Checksum: {
      type: 'string',
      format: 'sha256',
      minLength: 1,
      description: 'SHA-256 of the installation medium as 64 hexadecimal digits.',
    },
  },
} as const;

export const source = {
  type: 'object',
  description: 'What the image is made from.',
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: [platformImageSource, managedImageSource, sharedImageVersionSource, isoSource],
} as const;
