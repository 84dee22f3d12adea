import { v20220214 } from './2022-02-14.ts';
import { olderVersion } from './version.ts';

/** Before validation and the staging group of one's own. */
export const v20211001 = olderVersion({
  name: '2021-10-01',
  newer: v20220214,
  runStates: { Validating: 'Building' },
  lacks: ['properties.validate', 'properties.stagingResourceGroup', 'properties.exactStagingResourceGroup'],
});
