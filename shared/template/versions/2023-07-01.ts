import { v20240201 } from './2024-02-01.ts';
import { olderVersion } from './version.ts';

/** The last version that reads names in any case and ignores fields that it does not know. */
export const v20230701 = olderVersion({
  name: '2023-07-01',
  newer: v20240201,
  lenient: true,
  patchable: ['tags', 'identity', 'properties.distribute'],
  lacks: [
    'properties.autoRun',
    'properties.managedResourceTags',
    'properties.vmProfile.vnetConfig.containerInstanceSubnetId',
  ],
});
