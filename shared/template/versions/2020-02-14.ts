import { v20211001 } from './2021-10-01.ts';
import { olderVersion } from './version.ts';

/** The last version whose errors stand at the top of the body. */
export const v20200214 = olderVersion({
  name: '2020-02-14',
  newer: v20211001,
  errors: 'bare',
  lacks: [
    'systemData',
    'properties.source:PlatformImage.exactVersion',
    'properties.vmProfile.userAssignedIdentities',
    'properties.vmProfile.vnetConfig.proxyVmSize',
  ],
});
