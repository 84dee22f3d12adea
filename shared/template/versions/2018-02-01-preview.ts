import { v20190201preview } from './2019-02-01-preview.ts';
import { olderVersion } from './version.ts';

const STATES = [
  'Running',
  'Succeeded',
  'PartiallySucceeded',
  'Failed',
  'Queued',
  'Building',
  'Customizing',
  'Distributing',
];

/** Shell on Linux only; types and run states began with a small letter. */
export const v20180201preview = olderVersion({
  name: '2018-02-01-preview',
  newer: v20190201preview,
  lacks: [
    'properties.source:ManagedImage',
    'properties.customize:PowerShell',
    'properties.customize:WindowsRestart',
    'properties.distribute:VHD',
  ],
  runStates: Object.fromEntries(STATES.map((state) => [state, lowerFirst(state)])),
  overrides: {
    'properties.customize:Shell': { wire: 'shell' },
    'properties.distribute:ManagedImage': { wire: 'managedImage' },
    'properties.distribute:SharedImage': { wire: 'sharedImage' },
  },
});

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
