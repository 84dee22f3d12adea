import { isoSource } from '../schema/source.ts';
import { v20200214 } from './2020-02-14.ts';
import { olderVersion } from './version.ts';

const later = v20200214.schema.properties?.['properties']?.properties?.['source']?.oneOf ?? [];

/**
 * The previews build from an ISO, need no identity and cannot cancel. Their users wrote fields that the published
 * description lacks (`osDiskSizeGB`, `vnetConfig`, `WindowsUpdate`), and the service took them: so they stay.
 */
export const v20190501preview = olderVersion({
  name: '2019-05-01-preview',
  newer: v20200214,
  runStates: { Canceling: 'Running', Canceled: 'Failed' },
  overrides: {
    '': { required: ['location', 'properties'] },
    identity: { identityRule: { none: true } },
    'properties.source': { oneOf: [...later, isoSource] },
    'properties.customize:Shell.scriptUri': { formerly: ['script'] },
    'properties.customize:PowerShell.scriptUri': { formerly: ['script'] },
    'properties.distribute:ManagedImage.artifactTags': { formerly: ['tags'] },
    'properties.distribute:SharedImage.artifactTags': { formerly: ['tags'] },
    'properties.distribute:VHD.artifactTags': { formerly: ['tags'] },
    'properties.vmProfile.vnetConfig': { upgrade: 'subnetOfNames' },
  },
});
