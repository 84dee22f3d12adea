import { arm, sourceOf, only, tags, first, second, size, type Impossible } from './impossible-parts.ts';
import { aDefinition, aSize } from './world.ts';

export const TAGS_AND_MACHINES: readonly Impossible[] = [
  // Tags
  {
    name: 'fifty tags and those of Kiln',
    body: (body) => (body.properties.distribute[0].artifactTags = tags(46)),
    says: [`InvalidValue ${first}/artifactTags`],
    words: /51 tags, 5 of them Kiln's own \(createdBy, .*Leave 1 out/,
  },
  {
    name: 'fifty-one tags of the template',
    body: (body) => (body.tags = tags(51)),
    says: ['InvalidValue /tags'],
    words: /51 tags; a resource takes 50/,
  },
  {
    name: 'a tag name with a slash',
    body: (body) => (body.properties.distribute[1].artifactTags = { 'a/b': 'x' }),
    says: [`InvalidValue ${second}/artifactTags/a~1b`],
    words: /character that Azure does not take/,
  },
  {
    name: 'a tag value of 257 characters',
    body: (body) => (body.properties.managedResourceTags = { long: 'x'.repeat(257) }),
    says: ['InvalidValue /properties/managedResourceTags/long'],
    words: /257 characters. It may have 256/,
  },
  {
    name: 'a tag name of 513 characters',
    body: (body) => (body.tags = { ['n'.repeat(513)]: 'x' }),
    says: [`InvalidValue /tags/${'n'.repeat(513)}`],
    words: /513 characters/,
  },
  {
    name: 'two tags that differ by case',
    body: (body) => (body.properties.distribute[0].artifactTags = { Env: 'a', env: 'b' }),
    says: [`InvalidValue ${first}/artifactTags/env`],
    words: /"Env" and "env" differ by case/,
  },
  {
    name: "one of Kiln's own tags in another case",
    body: (body) => (body.properties.distribute[1].artifactTags = { CreatedBy: 'me' }),
    says: [`InvalidValue ${second}/artifactTags/CreatedBy`],
    words: /Kiln itself sets the tag "createdBy"/,
  },
  {
    name: 'the tag by which Kiln knows what is its own',
    body: (body) => (body.properties.managedResourceTags = { 'kiln-run': 'me' }),
    says: ['InvalidValue /properties/managedResourceTags/kiln-run'],
    words: /Kiln itself sets/,
  },
  // The machine
  {
    name: 'a size that is misspelt',
    body: (body) => (body.properties.vmProfile.vmSize = 'Standard_D2s_v55'),
    says: [`SizeNotAvailable ${size}`],
    words: /no VM size Standard_D2s_v55 in westeurope. Did you mean Standard_D2s_v5\?/,
  },
  {
    name: 'a size that the subscription may not use',
    world: () => ({
      sizes: { there: new Map([aSize('Standard_D2s_v5', { restricted: 'NotAvailableForSubscription' })]) },
    }),
    says: [`SizeNotAvailable ${size}`],
    words: /may not be used by this subscription there \(NotAvailableForSubscription\)/,
  },
  {
    name: 'a size of the other generation',
    body: (body) => (body.properties.vmProfile.vmSize = 'Standard_D1_v2'),
    says: [`SizeNotAvailable ${size}`],
    words: /boots generation V1 only, and the source has generation V2/,
  },
  {
    name: 'an Arm64 size for x64',
    body: (body) => (body.properties.vmProfile.vmSize = 'Standard_D2ps_v5'),
    says: [`SizeNotAvailable ${size}`],
    words: /has Arm64 processors, and the source is for x64/,
  },
  {
    name: 'an x64 size for Arm64',
    body: only(1),
    world: (world) => ({ ...sourceOf(arm)(world), definitions: aDefinition(arm) }),
    says: [`SizeNotAvailable ${size}`],
    words: /has x64 processors, and the source is for Arm64/,
  },
  {
    name: 'a size without trusted launch',
    body: (body) => {
      only(1)(body);
      body.properties.vmProfile.vmSize = 'Standard_D2ps_v5';
    },
    world: (world) => ({
      ...sourceOf(arm)(world),
      definitions: aDefinition({ ...arm, securityType: 'TrustedLaunch' }),
    }),
    says: [`SizeNotAvailable ${size}`],
    words: /has no trusted launch/,
  },
  {
    name: 'none of the default sizes is there',
    body: (body) => (body.properties.vmProfile.vmSize = ''),
    world: () => ({ sizes: { there: new Map([aSize('Standard_D2ps_v5', arm)]) } }),
    says: [`SizeNotAvailable ${size}`],
    words: /None of the sizes that Kiln tries.*Name a size/,
  },
  {
    name: 'a quota that could never hold the machine',
    world: () => ({ usages: { there: [{ name: 'standardDSv5Family', used: 0, limit: 1 }] } }),
    says: [`QuotaExceeded ${size}`],
    words: /needs 2 vCPUs in westeurope; of quota "standardDSv5Family" 0 of 1/,
  },
  {
    name: 'no quota for anything in the region',
    world: () => ({ usages: { there: [{ name: 'cores', used: 0, limit: 0 }] } }),
    says: [`QuotaExceeded ${size}`],
    words: /of quota "cores" 0 of 0/,
  },
  {
    name: 'a system disk that is smaller than that of the source',
    body: (body) => (body.properties.vmProfile.osDiskSizeGB = 8),
    world: sourceOf({ osDiskGB: 30 }),
    says: ['InvalidValue /properties/vmProfile/osDiskSizeGB'],
    words: /has 30 GB; it cannot become a disk of 8 GB. Write 30 or more/,
  },
];
