// A gallery that keeps what is deleted: a number from its recycle bin brings an old image back, which is no build of ours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let compute = '';

before(async () => {
  kiln = await LocalKiln.start();
  compute = `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/images/providers/Microsoft.Compute`;
  const properties = { softDeletePolicy: { isSoftDeleteEnabled: true } };
  await kiln.arm('PUT', `${compute}/galleries/goldens`, '2023-07-03', { location: 'westeurope', properties });
  const creationData = { createOption: 'Empty' };
  await kiln.arm('PUT', `${compute}/snapshots/old`, '2024-03-02', {
    location: 'westeurope',
    properties: { creationData, diskSizeGB: 1, osType: 'Linux', hyperVGeneration: 'V2' },
  });
  await settled(`${compute}/snapshots/old`, '2024-03-02');
});
after(() => kiln.stop());

async function settled(id: string, apiVersion: string): Promise<void> {
  await kiln.until('the resource', async () => {
    const { body } = await kiln.arm('GET', id, apiVersion);
    return body.properties?.provisioningState === 'Succeeded' ? true : undefined;
  });
}

/** Somebody's version, deleted by somebody: Kiln's book knows nothing of its number. */
async function deleted(definition: string, number: string): Promise<string> {
  const id = `${compute}/galleries/goldens/images/${definition}/versions/${number}`;
  const source = { id: `${compute}/snapshots/old` };
  const properties = { storageProfile: { osDiskImage: { source } } };
  await kiln.arm('PUT', id, '2023-07-03', { location: 'westeurope', properties });
  await settled(id, '2023-07-03');
  await kiln.arm('DELETE', id, '2023-07-03');
  await kiln.until('the deletion', async () =>
    (await kiln.arm('GET', id, '2023-07-03')).status === 404 ? true : undefined,
  );
  return id;
}

async function build(definition: string, more: object): Promise<any> {
  const { subscriptionId } = kiln.endpoints;
  const target = sharedImage(subscriptionId, definition, { regions: ['westeurope'], ...more });
  const accepted = await kiln.submit(definition, template([shell('a', 'true')], [target]));
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(definition, 120);
}

test('an exact number that lies in the recycle bin fails the target and is never a result', async () => {
  await makeDefinition(kiln, 'exact');
  await deleted('exact', '3.0.0');
  const run = await build('exact', { versioning: { scheme: 'Exact', version: '3.0.0' } });
  assert.equal(run.state, 'Failed', JSON.stringify(run));
  assert.match(JSON.stringify(run), /recycle bin/);
  assert.equal(
    run.outputs.some(({ artifactId }: any) => artifactId !== undefined),
    false,
  );
});

test('the latest number skips what lies in the recycle bin', async () => {
  await makeDefinition(kiln, 'latest');
  await deleted('latest', '0.0.1');
  const run = await build('latest', { versioning: { scheme: 'Latest' } });
  assert.equal(run.state, 'Succeeded', JSON.stringify(run));
  assert.match(run.outputs[0].artifactId, /versions\/0\.0\.2$/);
});
