import { v20190501preview } from './2019-05-01-preview.ts';
import { olderVersion } from './version.ts';

/** Scripts were called `script`, and only tags could be patched. */
export const v20190201preview = olderVersion({
  name: '2019-02-01-preview',
  newer: v20190501preview,
  patchable: ['tags'],
  provisioningStates: { Updating: 'Creating' },
  lacks: [
    'properties.source:SharedImageVersion',
    'properties.customize:File',
    'properties.customize:WindowsUpdate',
  ],
  overrides: {
    'properties.source:ISO.sourceUri': { wire: 'sourceURI' },
    'properties.customize:Shell.scriptUri': { wire: 'script' },
    'properties.customize:PowerShell.scriptUri': { wire: 'script' },
  },
});
