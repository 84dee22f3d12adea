import { TAGS_AND_MACHINES } from './impossible-machines.ts';
import { first, second, size, sourceOf, tags, type Impossible } from './impossible-parts.ts';
import { PLACES } from './impossible-places.ts';
import { TARGETS } from './impossible-targets.ts';
import { aDefinition, DEFINITION, IMAGE, OTHER, SIZES } from './world.ts';

/** Everything that a template may ask for and no build could give. */
export const IMPOSSIBLE: readonly Impossible[] = [
  ...PLACES,
  ...TARGETS,
  ...TAGS_AND_MACHINES,
  // Together
  {
    name: 'everything at once',
    body: (body) => {
      body.tags = tags(51);
      body.properties.customize.push({ type: 'WindowsUpdate', name: 'u' });
      body.properties.distribute[0].imageId = `${IMAGE}.`;
      body.properties.distribute[0].location = 'westeurope2';
      body.properties.distribute[1].versioning = { scheme: 'Exact', version: '3.0.0' };
      body.properties.stagingResourceGroup = `/subscriptions/${OTHER}/resourceGroups/mine`;
      body.properties.vmProfile.vmSize = 'Standard_D1_v2';
      body.properties.vmProfile.osDiskSizeGB = 1;
    },
    world: (world) => ({
      ...sourceOf({ osDiskGB: 30 })(world),
      definitions: aDefinition({ osType: 'Windows' }),
      sizes: { there: SIZES },
      subnet: 'absent',
      versions: new Map([[`${DEFINITION}/versions/3.0.0`.toLowerCase(), { there: { tags: {} } }]]),
    }),
    says: [
      `RegionNotFound ${first}/location`,
      'InvalidValue /properties/stagingResourceGroup',
      'SubnetNotUsable /properties/vmProfile/vnetConfig/subnetId',
      'StepNotCompatible /properties/customize/1',
      `InvalidValue ${first}/imageId`,
      `VersionExists ${second}/versioning/version`,
      `TargetNotCompatible ${second}`,
      'InvalidValue /tags',
      `SizeNotAvailable ${size}`,
      'InvalidValue /properties/vmProfile/osDiskSizeGB',
    ],
    words: /Did you mean westeurope\?/,
  },
];
