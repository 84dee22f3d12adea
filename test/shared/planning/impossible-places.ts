import { sourceOf, only, first, second, type Impossible } from './impossible-parts.ts';
import { GROUP, IMAGE, OTHER } from './world.ts';

export const PLACES: readonly Impossible[] = [
  // Places
  {
    name: 'its resource group is not there',
    world: () => ({ home: 'absent' }),
    says: ['ResourceGroupNotFound '],
    words: /'images' could not be found/,
  },
  {
    name: 'its own region is misspelt',
    body: (body) => {
      body.location = 'westeurop';
      body.properties.distribute = [{ type: 'VHD', runOutputName: 'vhd' }];
    },
    world: () => ({ sizes: 'unknown', subnet: 'unknown' }),
    says: ['RegionNotFound /location'],
    words: /"westeurop" is no region.*Did you mean westeurope\?/,
  },
  {
    name: 'a target region is misspelt',
    body: (body) => (body.properties.distribute[1].targetRegions[1].name = 'northeurop'),
    says: [`RegionNotFound ${second}/targetRegions/1/name`],
    words: /Did you mean northeurope\?/,
  },
  {
    name: 'a replication region is misspelt, in the field that its author used',
    body: (body) => {
      delete body.properties.distribute[1].targetRegions;
      body.properties.distribute[1].replicationRegions = ['westeurope', 'North Europ'];
    },
    says: [`RegionNotFound ${second}/replicationRegions/1`],
    words: /"northeurop".*Did you mean northeurope\?/,
  },
  {
    name: 'the region of a managed image is nowhere near one',
    body: (body) => (body.properties.distribute[0].location = 'atlantis'),
    says: [`RegionNotFound ${first}/location`],
    words: /az account list-locations/,
  },
  {
    name: 'a region was closed to the subscription',
    world: () => ({ regions: { there: ['westeurope'] } }),
    says: [`RegionNotFound ${second}/targetRegions/1/name`],
    words: /northeurope/,
  },
  {
    name: 'the staging group is in another subscription',
    body: (body) => (body.properties.stagingResourceGroup = `/subscriptions/${OTHER}/resourceGroups/mine`),
    says: ['InvalidValue /properties/stagingResourceGroup'],
    words: /is in subscription .*0002.*Name a group of that subscription, for example/,
  },
  {
    name: 'the staging group is in another region',
    body: (body) => (body.properties.stagingResourceGroup = GROUP),
    world: () => ({
      stagingGroup: { there: { location: 'eastus', tags: {}, provisioningState: 'Succeeded' } },
    }),
    says: ['InvalidValue /properties/stagingResourceGroup'],
    words: /is in eastus; the build is in westeurope/,
  },
  {
    name: 'the subnet is not there',
    world: () => ({ subnet: 'absent' }),
    says: ['SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId'],
    words: /There is no subnet .*Create it/,
  },
  {
    name: 'the subnet is in another region',
    world: () => ({ subnet: { there: { location: 'eastus' } } }),
    says: ['SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId'],
    words: /is in eastus.*Name a subnet in westeurope/,
  },
  {
    name: 'the subnet is in another subscription',
    body: (body) => {
      const { vnetConfig } = body.properties.vmProfile;
      vnetConfig.subnetId = vnetConfig.subnetId.replace('000000000001', '000000000002');
    },
    says: ['SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId'],
    words: /is in subscription/,
  },
  // Look-ups that ended with a reason
  {
    name: 'the source is not there, and the targets are looked at all the same',
    body: (body) => (body.properties.distribute[0].imageId = `${IMAGE}-{{timestamp}}`),
    world: () => ({
      source: undefined,
      definitions: new Map(),
      refusals: [{ code: 'SourceNotFound', message: 'No such image.', target: '/properties/source' }],
    }),
    says: [
      'SourceNotFound /properties/source',
      `InvalidValue ${first}/imageId`,
      `TargetNotFound ${second}/galleryImageId`,
    ],
    words: /No such image.*Check the id or URN/,
  },
  {
    name: 'an identity is not there',
    world: () => ({
      refusals: [
        { code: 'IdentityNotUsable', message: 'There is no identity x. Create it.', target: '/identity' },
      ],
    }),
    says: ['IdentityNotUsable /identity'],
    words: /Create it/,
  },
  {
    name: 'a definition may not be read',
    world: () => ({
      definitions: new Map(),
      refusals: [{ code: 'AzureDenied', message: 'Grant it.', target: `${second}/galleryImageId` }],
    }),
    says: [`AzureDenied ${second}/galleryImageId`],
    words: /Grant it/,
  },
  // Steps
  ...(['Shell', 'LinuxRestart'] as const).map((type) => ({
    name: `a ${type} step on Windows`,
    body: (body: any) => {
      body.properties.customize =
        type === 'Shell' ? body.properties.customize : [{ type: 'LinuxRestart', name: 'a' }];
      only(0)(body);
    },
    world: sourceOf({ osType: 'Windows' }),
    says: ['StepNotCompatible /properties/customize/0'],
    words: /runs on Linux; the source is Windows. Write PowerShell/,
  })),
  ...(['PowerShell', 'WindowsRestart', 'WindowsUpdate'] as const).map((type) => ({
    name: `a ${type} step on Linux`,
    body: (body: any) => {
      const script = type === 'PowerShell' ? { inline: ['x'] } : {};
      body.properties.customize.push({ type, name: 'ps', ...script });
    },
    says: ['StepNotCompatible /properties/customize/1'],
    words: /runs on Windows; the source is Linux. Write Shell/,
  })),
  {
    name: 'a validator for the other system',
    body: (body) =>
      (body.properties.validate = { inVMValidations: [{ type: 'PowerShell', name: 'v', inline: ['x'] }] }),
    says: ['StepNotCompatible /properties/validate/inVMValidations/0'],
    words: /"v" is a PowerShell step/,
  },
];
