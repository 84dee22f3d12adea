import { v20230701 } from './2023-07-01.ts';
import { olderVersion } from './version.ts';

export const v20220701 = olderVersion({
  name: '2022-07-01',
  newer: v20230701,
  patchable: ['tags', 'identity'],
  lacks: ['properties.errorHandling'],
});
