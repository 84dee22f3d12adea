import { v20220701 } from './2022-07-01.ts';
import { olderVersion } from './version.ts';

/** Before target regions and triggers. */
export const v20220214 = olderVersion({
  name: '2022-02-14',
  newer: v20220701,
  runStates: { Optimizing: 'Building' },
  provisioningStates: { Canceled: 'Failed' },
  lacks: [
    'properties.optimize',
    'properties.source:SharedImageVersion.exactVersion',
    'properties.validate.inVMValidations:File',
    'properties.distribute:SharedImage.targetRegions',
    'properties.distribute:SharedImage.versioning',
    'properties.distribute:VHD.uri',
  ],
  overrides: {
    'properties.distribute:SharedImage': {
      required: ['type', 'runOutputName', 'galleryImageId', 'replicationRegions'],
      notTogether: [],
      downgrade: 'regionsOfTargets',
    },
    'properties.distribute:SharedImage.storageAccountType': { enum: ['Standard_LRS', 'Standard_ZRS'] },
  },
});
