import { arm, sourceOf, only, first, second, type Impossible } from './impossible-parts.ts';
import { aDefinition, DEFINITION, GROUP, IMAGE } from './world.ts';

const trusted = () => ({ definitions: aDefinition({ securityType: 'TrustedLaunch' }) });

export const TARGETS: readonly Impossible[] = [
  // Managed images
  ...['-web', '.web', 'web.', 'web-', 'we b', 'web-{{timestamp}}', 'x'.repeat(81)].map((name) => ({
    name: `an image called ${name.slice(0, 20)}`,
    body: (body: any) => (body.properties.distribute[0].imageId = IMAGE.replace(/web$/, name)),
    says: [`InvalidValue ${first}/imageId`],
    words: /cannot be the name of an image.*1 to 80 letters/,
  })),
  {
    name: 'the group of a managed image is not there',
    world: () => ({ groups: new Map([[GROUP.toLowerCase(), 'absent']]) }),
    says: [`TargetNotFound ${first}/imageId`],
    words: /There is no resource group .*images. Create it first/,
  },
  {
    name: 'an image of that name was made by Packer',
    world: () => ({ images: new Map([[IMAGE.toLowerCase(), { there: { tags: {} } }]]) }),
    says: [`NotOurs ${first}/imageId`],
    words: /was not made by template images\/web of this subscription.*Write "replace": true/,
  },
  {
    name: 'an image of that name was made by another template',
    world: () => ({
      images: new Map([[IMAGE.toLowerCase(), { there: { tags: { 'kiln-template': 'images/other' } } }]]),
    }),
    says: [`NotOurs ${first}/imageId`],
    words: /does not replace it/,
  },
  {
    name: 'a managed image of an Arm64 machine',
    body: (body) => {
      only(0)(body);
      body.properties.vmProfile.vmSize = '';
    },
    world: sourceOf(arm),
    says: [`TargetNotCompatible ${first}`],
    words: /no managed image of an Arm64 machine.*Write a SharedImage target/,
  },
  {
    name: 'a managed image of a machine with trusted launch',
    body: only(0),
    world: sourceOf({ securityType: 'TrustedLaunch', image: { kind: 'resource', id: 'x' } }),
    says: [`TargetNotCompatible ${first}`],
    words: /makes no managed image of such a machine/,
  },
  // Gallery versions
  {
    name: 'the definition is not there',
    world: () => ({ definitions: new Map() }),
    says: [`TargetNotFound ${second}/galleryImageId`],
    words: /no gallery image definition .*Create it first/,
  },
  {
    name: 'the version exists, named by the field',
    body: (body) => (body.properties.distribute[1].versioning = { scheme: 'Exact', version: '3.0.0' }),
    world: () => ({
      versions: new Map([[`${DEFINITION}/versions/3.0.0`.toLowerCase(), { there: { tags: {} } }]]),
    }),
    says: [`VersionExists ${second}/versioning/version`],
    words: /3.0.0 exists already.*let Kiln count/,
  },
  {
    name: 'the version exists, named by the id',
    body: (body) => (body.properties.distribute[1].galleryImageId = `${DEFINITION}/versions/3.0.0`),
    world: () => ({
      versions: new Map([[`${DEFINITION}/versions/3.0.0`.toLowerCase(), { there: { tags: {} } }]]),
    }),
    says: [`VersionExists ${second}/galleryImageId`],
    words: /exists already/,
  },
  ...(
    [
      ['generation', 'V1', /The source has generation V2, the definition V1/],
      ['osType', 'Windows', /The source has osType Linux, the definition Windows/],
      ['architecture', 'Arm64', /The source has architecture x64, the definition Arm64/],
    ] as const
  ).map(([field, value, words]) => ({
    name: `the definition has another ${field}`,
    world: () => ({ definitions: aDefinition({ [field]: value }) }),
    says: [`TargetNotCompatible ${second}`],
    words,
  })),
  {
    name: 'the definition has a purchase plan',
    world: () => ({
      definitions: aDefinition({ plan: { planName: 'n', planProduct: 'p', planPublisher: 'q' } }),
    }),
    says: [`TargetNotCompatible ${second}`],
    words: /purchase plan none, the definition q:p:n/,
  },
  {
    name: 'a confidential definition',
    world: () => ({ definitions: aDefinition({ securityType: 'ConfidentialVM' }) }),
    says: [`TargetNotCompatible ${second}`],
    words: /cannot hold an image that Kiln builds/,
  },
  {
    name: 'trusted launch of what has none',
    body: only(1),
    world: (world) => ({
      ...trusted(),
      ...sourceOf({ image: { kind: 'resource', id: 'x' }, securityType: undefined })(world),
    }),
    says: [`TargetNotCompatible ${first}`],
    words: /no machine with trusted launch can be made of/,
  },
  {
    name: 'trusted launch and a managed image',
    world: trusted,
    says: [`TargetNotCompatible ${first}`],
    words: /A managed image takes no machine with trusted launch.*two templates/,
  },
  {
    name: 'a specialized definition that only supports trusted launch, as az makes it',
    body: only(1),
    world: () => ({
      definitions: aDefinition({ securityType: 'TrustedLaunchSupported', generalized: false }),
    }),
    says: [`TargetNotCompatible ${first}`],
    words: /osState Specialized, and Azure takes no machine.*Use a definition with osState Generalized/,
  },
  {
    name: 'Arm64 into a definition that takes images',
    body: (body) => {
      only(1)(body);
      body.properties.vmProfile.vmSize = '';
    },
    world: (world) => ({
      ...sourceOf(arm)(world),
      definitions: aDefinition({ securityType: 'TrustedLaunchSupported', ...arm }),
    }),
    says: [`TargetNotCompatible ${first}`],
    words: /no image can be made of an Arm64 machine/,
  },
  {
    name: 'specialized and a managed image',
    world: () => ({ definitions: aDefinition({ generalized: false }) }),
    says: [`TargetNotCompatible ${first}`],
    words: /a managed image can only be generalized/,
  },
  {
    name: 'the regions leave out that of the definition',
    world: () => ({ definitions: aDefinition({ location: 'eastus' }) }),
    says: [`TargetNotCompatible ${second}`],
    words: /The definition is in eastus.*Add eastus to the regions/,
  },
  {
    name: 'the region of the build is in a later ring',
    body: (body) =>
      (body.properties.distribute[1].rings = [{ regions: ['northeurope'] }, { regions: ['westeurope'] }]),
    says: [`TargetNotCompatible ${second}`],
    words: /Move westeurope to the first ring/,
  },
  {
    name: 'data disks that would have to be copied',
    body: (body) => {
      body.location = 'eastus';
      body.properties.additionalDataDisks = [{ sizeGB: 8 }];
      only(1)(body);
    },
    world: () => ({ subnet: { there: { location: 'eastus' } } }),
    says: [`TargetNotCompatible ${first}`],
    words: /1 data disks.*Add eastus/,
  },
  {
    name: 'an end of life that is past',
    body: (body) => (body.properties.distribute[1].endOfLifeDate = '2026-01-01T00:00:00Z'),
    says: [`TargetNotCompatible ${second}`],
    words: /is past/,
  },
  {
    name: 'more replicas than a version has',
    body: (body) => (body.properties.distribute[1].targetRegions[0].replicaCount = 100),
    says: [`InvalidValue ${second}/targetRegions`],
    words: /101 replicas together; a version has 100/,
  },
];
