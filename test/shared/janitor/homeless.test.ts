import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { createAzure } from '../../../shared/azure/index.ts';
import type { JanitorContext } from '../../../shared/janitor/finding.ts';
import { sweep } from '../../../shared/janitor/sweep.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import type { TemplateRef } from '../../../shared/model/template.ts';
import {
  cloudFixture,
  type CloudFixture,
  LOCATION,
  type RunningCloud,
  tokenFor,
  until,
} from '../../local/azure/support.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';

const HOUR = 3_600_000;
const STRANGER = '99999999-0000-4000-8000-000000000009';

describe('templates go with their resource group', () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  let context: JanitorContext;
  let engine: FakeEngine;

  before(async () => {
    fixture = await cloudFixture();
    cloud = await fixture.start({});
    const token = await tokenFor(cloud.url, 'https://management.azure.com');
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + HOUR }) };
    const container = new ContainerClient(fixture.connectionString, 'homeless');
    await container.create();
    engine = new FakeEngine();
    context = {
      ...ANYBODY,
      appName: 'kiln-test',
      store: createBlobStore(container),
      engine,
      urls: { allow: [] },
      now: () => new Date(),
      newId: () => crypto.randomUUID(),
      azure: (subscriptionId) => createAzure({ endpoint: cloud.url, credential, subscriptionId }),
    };
  });
  after(() => fixture[Symbol.asyncDispose]());

  async function plant(
    resourceGroup: string,
    name: string,
    { hours = 2, subscriptionId = cloud.subscriptionId } = {},
  ): Promise<TemplateRef> {
    const ref = { subscriptionId, resourceGroup, name };
    const changedAt = new Date(Date.now() - hours * HOUR).toISOString();
    await context.store.subscriptions.note(subscriptionId);
    await context.store.templates.put(
      {
        schema: 1,
        ref,
        revision: 1,
        provisioningState: 'Succeeded',
        createdAt: changedAt,
        changedAt,
        body: { location: LOCATION, properties: {} },
        bodyApiVersion: '2026-11-01',
        operationId: crypto.randomUUID(),
      } as any,
      'absent',
    );
    return ref;
  }

  const stateOf = async (ref: TemplateRef): Promise<string | undefined> =>
    (await context.store.templates.get(ref))?.value.provisioningState;

  test('those of a group that was deleted are deleted, others stay', async () => {
    for (const group of ['stays', 'goes'])
      await cloud.call('PUT', `/resourcegroups/${group}`, { location: LOCATION });
    const [stays, goes, young] = [
      await plant('stays', 'a'),
      await plant('GOES', 'b'),
      await plant('goes', 'c', { hours: 0.5 }),
    ];
    assert.deepEqual(await sweep(context), [], 'nothing while the groups are there');
    await cloud.call('DELETE', '/resourcegroups/goes');
    await until(async () =>
      (await cloud.call('GET', '/resourcegroups/goes')).status === 404 ? true : undefined,
    );

    const findings = await sweep(context);
    assert.deepEqual(
      findings.map(({ action, reason }) => [action, reason]),
      [['removed', 'its resource group GOES is gone']],
    );
    assert.equal(await stateOf(goes), 'Deleting');
    assert.ok([...engine.started.values()].some(({ name }: any) => name === 'delete-template'));
    assert.equal(await stateOf(stays), 'Succeeded');
    assert.equal(await stateOf(young), 'Succeeded', 'written just now: the group may be on its way');
  });

  test('a subscription that Kiln cannot see is no word about its groups', async () => {
    const ref = await plant('images', 'x', { subscriptionId: STRANGER });
    const findings = await sweep(context);
    assert.ok(findings.some(({ action, subject }) => action === 'failed' && subject.includes(STRANGER)));
    assert.equal(await stateOf(ref), 'Succeeded');
  });
});
