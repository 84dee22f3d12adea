import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { runId } from '../../shared/model/convert.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

// The janitor asks for whole subscriptions, which no build does: its rights show here only.

test('with the roles that are deployed, the janitor finds and removes an orphaned group, and leaves what is not ours', async () => {
  const kiln = await LocalKiln.start();
  try {
    const { subscriptionId } = kiln.endpoints;
    const group = (name: string) => `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
    // A template makes the subscription known.
    await kiln.submit('known', template([shell('x', 'true')], [vhd]));
    const tags = {
      createdBy: 'kiln',
      'kiln-app': 'kiln',
      'kiln-run': '11111111-2222-4333-8444-555555555555',
      'kiln-template': `${subscriptionId}/images/gone`,
      'kiln-expires': '2026-01-01T00:00:00.000Z',
    };
    const store = createBlobStore(new ContainerClient(kiln.endpoints.storage, 'kiln'));
    await store.ledger.open({
      schema: 1,
      ref: { subscriptionId, resourceGroup: 'images', name: 'gone' },
      runId: runId(tags['kiln-run']),
      stagingGroup: 'IT_images_gone_1',
      ownsGroup: true,
      resources: [],
      expires: tags['kiln-expires'],
    });
    await kiln.arm('PUT', group('prod-web'), '2024-07-01', { location: 'westeurope', tags });
    await kiln.arm('PUT', group('IT_images_gone_1'), '2024-07-01', { location: 'westeurope', tags });
    const other = { ...tags, 'kiln-app': 'another' };
    // The run and the group of a template of the same name, which is in another subscription.
    const foreign = { ...tags, 'kiln-template': '11111111-0000-4000-8000-000000000009/images/gone' };
    await kiln.arm('PUT', group('IT_images_gone_3'), '2024-07-01', { location: 'westeurope', tags: foreign });
    await kiln.arm('PUT', group('IT_images_gone_2'), '2024-07-01', { location: 'westeurope', tags: other });
    // A host that was down when the timer was due runs it at its next start.
    const missed = JSON.stringify({ 'timer-janitor': { last: 0, next: 1 } });
    writeFileSync(path.join(kiln.folder, 'host/timers.json'), missed);
    process.kill(kiln.endpoints.pids.host, 'SIGKILL');
    await kiln.until('the removal of the orphan', async () => {
      const { status } = await kiln.arm('GET', group('IT_images_gone_1'), '2024-07-01');
      return status === 404 ? true : undefined;
    });
    for (const left of ['IT_images_gone_2', 'IT_images_gone_3', 'prod-web'])
      assert.equal((await kiln.arm('GET', group(left), '2024-07-01')).status, 200, left);
  } finally {
    await kiln.stop();
  }
});
