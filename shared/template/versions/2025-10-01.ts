import { v20261101 } from './2026-11-01.ts';
import { olderVersion } from './version.ts';

/** Azure VM Image Builder's newest version: no ISO, no restart of Linux, and always exactly one identity. */
export const v20251001 = olderVersion({
  name: '2025-10-01',
  newer: v20261101,
  extensions: false,
  lacks: [
    'properties.source:ISO',
    'properties.errorHandling.lease',
    'properties.inventory',
    'properties.history',
    ...['checks', 'hygiene', 'vulnerabilities'].map((field) => `properties.validate.${field}`),
    'properties.refresh',
    'properties.buildRequests',
    'properties.refreshStatus',
    'properties.notCarriedOut',
    'properties.warnings',
    ...['rings', 'promotion', 'regionTimeout', 'endOfLifeDate', 'endOfLifeInDays'].map(
      (field) => `properties.distribute:SharedImage.${field}`,
    ),
    'properties.distribute:SharedImage.versioning:Timestamp',
    'properties.distribute:SharedImage.versioning:Exact',
    'properties.distribute:VHD.copies',
    'properties.distribute:ManagedImage.replace',
  ],
  overrides: {
    '': { required: ['location', 'identity', 'properties'] },
    identity: { identityRule: { none: false } },
  },
});
