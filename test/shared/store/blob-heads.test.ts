// Lists that two processes keep of the same templates.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import type { TemplateHead } from '../../../shared/model/documents/documents.ts';
import { blobTemplates } from '../../../shared/store/blob-templates.ts';
import { DocumentContainer } from '../../../shared/store/container.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { requestsMade } from '../../support/requests-made.ts';
import { REF } from '../../support/sample-templates.ts';

/** Milliseconds; storage counts whole seconds. */
const SETTLED = 1100;
const scope = { subscriptionId: REF.subscriptionId };

function head(name: string, revision = 1): TemplateHead {
  const at = '2026-11-29T12:00:00.000Z';
  const rest = { schema: 1, revision, provisioningState: 'Succeeded', changedAt: at } as const;
  return { ...rest, ref: { ...REF, name }, body: {}, bodyApiVersion: '2025-10-01' } as TemplateHead;
}

describe('a list of templates', () => {
  let azurite: Azurite;
  let client: ContainerClient;
  before(async () => {
    azurite = await startAzurite();
    client = await azurite.container();
  });
  after(() => azurite.stop());

  const process = () =>
    blobTemplates(DocumentContainer.of(new ContainerClient(client.url, client.credential)), SETTLED);

  test('reads no head twice that has not changed, and every change of another process at once', async () => {
    const [one, other] = [process(), process()];
    const names = Array.from({ length: 20 }, (_, index) => `web-${String(index).padStart(2, '0')}`);
    for (const name of names) await one.put(head(name), 'absent');
    const revisions = async () => (await other.list(scope)).map(({ revision }) => revision);
    assert.deepEqual(await revisions(), Array(20).fill(1));
    await sleep(SETTLED + 1100);
    await revisions();
    const known = await requestsMade(async () => void (await revisions()));
    assert.ok(known.length <= 3, known.join('\n'));
    await one.update({ ...REF, name: 'web-07' }, (current) => ({ ...current, revision: 2 }));
    assert.equal((await revisions())[7], 2);
    await one.remove({ ...REF, name: 'web-07' });
    assert.equal((await revisions()).length, 19);
    await one.put(head('web-07', 5), 'absent');
    assert.equal((await revisions())[7], 5);
  });

  test('shows a head that was read while it was being changed as it is after the change', async () => {
    const [one, other] = [process(), process()];
    const ref = { ...REF, name: 'web-00' };
    for (let revision = 10; revision < 20; revision += 1) {
      const write = one.update(ref, (current) => ({ ...current, revision }));
      await other.list(scope);
      await write;
      const [first] = await other.list(scope);
      assert.equal(first?.revision, revision);
    }
  });

  test('has templates of a version that left no marks', async () => {
    await client.getBlockBlobClient(markName('web-03')).delete();
    const listed = await process().list(scope);
    assert.ok(listed.some(({ ref }) => ref.name === 'web-03'));
  });
});

function markName(name: string): string {
  return `marks/${REF.subscriptionId}/${REF.resourceGroup}/${name}`.toLowerCase();
}
