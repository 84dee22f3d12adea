import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region, runId, sha256 } from '../../../shared/model/convert.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import type { ResolvedSource } from '../../../shared/model/plan.ts';
import type { ImageTemplate } from '../../../shared/model/template.ts';
import { imageHistory } from '../../../shared/provenance/image-history.ts';

const ref = { subscriptionId: '1'.repeat(8), resourceGroup: 'images', name: 'web' };
const MARKETPLACE = { publisher: 'Debian', offer: 'debian-12', sku: '12' } as const;
const uri = 'https://scripts.example.com/install.sh?sv=1&sig=do-not-tell';

const template: ImageTemplate = {
  ref,
  location: region('westeurope'),
  tags: {},
  identities: [],
  properties: {
    source: { type: 'PlatformImage', ...MARKETPLACE, version: 'latest' },
    customize: [
      {
        type: 'Shell',
        name: 'install',
        script: { kind: 'uri', uri, sha256: sha256('a'.repeat(64)) },
        environment: { MODE: 'not-told' },
        secrets: { TOKEN: 'https://team.vault.azure.net/secrets/token' },
      },
      { type: 'LinuxRestart', name: 'restart', restartTimeout: 60 },
    ],
    validate: {
      continueDistributeOnFailure: false,
      sourceValidationOnly: false,
      validators: [{ type: 'Shell', name: 'look', script: { kind: 'inline', lines: ['true'] } }],
    },
    distribute: [],
    buildTimeoutInMinutes: 60,
    vmProfile: { vmSize: '', osDiskSizeGB: 0, userAssignedIdentities: [] },
    errorHandling: { onCustomizerError: 'cleanup', onValidationError: 'cleanup', leaseMinutes: 60 },
    managedResourceTags: {},
  },
};

const run: Run = {
  ...{ schema: 1, ref, id: runId('22222222-2222-2222-2222-222222222222'), revision: 3, reason: 'request' },
  ...{ state: 'Running', message: '', outputs: [], startTime: '2026-11-01T10:00:00Z' },
  requestedBy: { kind: 'user', id: 'ada' },
  parameters: { CHANNEL: 'beta-channel' },
};

const source: ResolvedSource = {
  image: { kind: 'marketplace', ...MARKETPLACE, version: '12.20261101.0' },
  description: 'Debian:debian-12:12:12.20261101.0',
  osType: 'Linux',
  generation: 'V2',
  architecture: 'x64',
};

test('an image says what it was made of, and nothing that those who have it should not know', () => {
  const now = '2026-11-01T10:05:00Z';
  const history = imageHistory({ appName: 'kiln', plan: { source }, run, template, now });
  assert.equal(history.source.uri, 'urn:azure:marketplace:Debian:debian-12:12:12.20261101.0');
  assert.deepEqual([history.run, history.revision, history.writtenAt], [run.id, 3, now]);
  assert.deepEqual(history.steps, [
    {
      ...{ name: 'install', type: 'Shell', uri: 'https://scripts.example.com/install.sh?…' },
      ...{ sha256: 'a'.repeat(64), secrets: ['TOKEN'] },
    },
    { name: 'restart', type: 'LinuxRestart' },
  ]);
  assert.deepEqual(history.parameters, ['CHANNEL']);
  const text = JSON.stringify(history);
  for (const hidden of ['do-not-tell', 'not-told', 'team.vault', 'beta-channel', 'ada', 'look'])
    assert.ok(!text.includes(hidden), hidden);
});
