import { v20251001 } from './2025-10-01.ts';
import { olderVersion } from './version.ts';

export const v20240201 = olderVersion({
  name: '2024-02-01',
  newer: v20251001,
  lacks: [
    'properties.additionalDataDisks',
    'properties.optimize.workload',
    'properties.distribute:SharedImage.replicationMode',
  ],
});
