// The whole life cycle with @azure/arm-imagebuilder 5, as it comes from npm: an endpoint, a credential and the CA.
import assert from 'node:assert/strict';
import { ImageBuilderClient, type ImageTemplate } from '@azure/arm-imagebuilder';
import { DefaultAzureCredential } from '@azure/identity';
import {
  all,
  DEFINITION,
  ENDPOINT,
  failure,
  GROUP,
  IDENTITY,
  managedImage,
  shell,
  SLOW,
  SOURCE,
  SUBSCRIPTION,
  until,
} from './world.ts';

const client = new ImageBuilderClient(new DefaultAzureCredential(), SUBSCRIPTION, { endpoint: ENDPOINT });
const { virtualMachineImageTemplates: templates, triggers } = client;

const body = (customize: ImageTemplate['customize'] = [shell('echo hello')]): ImageTemplate => ({
  location: 'westeurope',
  tags: { made: 'by v5' },
  identity: { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } },
  source: SOURCE,
  customize,
  distribute: [
    managedImage('v5'),
    {
      type: 'SharedImage',
      runOutputName: 'gallery',
      galleryImageId: DEFINITION,
      targetRegions: [{ name: 'westeurope', replicaCount: 1 }],
      versioning: { scheme: 'Latest', major: 5 },
    },
  ],
});

const created = await templates.createOrUpdate(GROUP, 'v5', body());
assert.equal(created.provisioningState, 'Succeeded');
assert.equal(created.source?.type, 'PlatformImage');
assert.match(String(Object(created.source).exactVersion), /^\d+\.\d+\.\d+$/);
console.log('created');

const again = await templates.createOrUpdate(GROUP, 'v5', created);
assert.deepEqual(again.distribute, created.distribute);
assert.equal((await templates.get(GROUP, 'v5')).name, 'v5');
assert.ok((await all(templates.listByResourceGroup(GROUP))).some(({ name }) => name === 'v5'));
assert.ok((await all(templates.list())).some(({ name }) => name === 'v5'));
console.log('read and listed');

const updated = await templates.update(GROUP, 'v5', { tags: { changed: 'yes' } });
assert.deepEqual(updated.tags, { changed: 'yes' });
assert.equal(updated.provisioningState, 'Succeeded');
const resized = await templates.update(GROUP, 'v5', {
  properties: { vmProfile: { vmSize: 'Standard_D2s_v5', osDiskSizeGB: 40 } },
});
assert.equal(resized.vmProfile?.osDiskSizeGB, 40);
console.log('updated');

const trigger = await triggers.createOrUpdate(GROUP, 'v5', 'source', { properties: { kind: 'SourceImage' } });
assert.equal(trigger.properties?.status?.code, 'Healthy');
assert.equal((await triggers.get(GROUP, 'v5', 'source')).name, 'source');
assert.equal((await all(triggers.listByImageTemplate(GROUP, 'v5'))).length, 1);
await triggers.delete(GROUP, 'v5', 'source');
assert.equal((await failure(triggers.get(GROUP, 'v5', 'source'))).statusCode, 404);
console.log('triggered');

await templates.run(GROUP, 'v5');
const ran = await templates.get(GROUP, 'v5');
assert.equal(ran.lastRunStatus?.runState, 'Succeeded');
const outputs = await all(templates.listRunOutputs(GROUP, 'v5'));
assert.deepEqual(outputs.map(({ name }) => name).sort(), ['gallery', 'v5-image']);
const output = await templates.getRunOutput(GROUP, 'v5', 'gallery');
assert.match(output.artifactId ?? '', /\/versions\/5\.\d+\.\d+$/);
console.log('ran');

await templates.createOrUpdate(GROUP, 'slow5', { ...body([SLOW]), distribute: [managedImage('slow5')] });
const poller = templates.run(GROUP, 'slow5');
await poller.submitted();
await until(
  'the run',
  async () => (await templates.get(GROUP, 'slow5')).lastRunStatus?.runState === 'Running',
);
assert.match((await failure(templates.run(GROUP, 'slow5'))).message, /run state: running/);
await templates.cancel(GROUP, 'slow5');
assert.match((await failure(Promise.resolve(poller))).message, /cancel/i);
assert.equal((await templates.get(GROUP, 'slow5')).lastRunStatus?.runState, 'Canceled');
console.log('canceled');

await templates.createOrUpdate(GROUP, 'bad5', {
  ...body([shell('# kiln-simulate: exit=3')]),
  distribute: [managedImage('bad5')],
});
const failed = await failure(Promise.resolve(templates.run(GROUP, 'bad5')));
assert.match(failed.message, /The long-running operation has failed\. CustomizerFailed/);
const refused = await failure(
  Promise.resolve(templates.createOrUpdate(GROUP, 'x', { ...body(), distribute: [] })),
);
assert.equal(refused.statusCode, 400);
assert.equal(refused.code, 'ValidationFailed');
assert.equal((await failure(templates.get(GROUP, 'none'))).code, 'ResourceNotFound');
assert.ok((await all(client.operations.list())).length >= 13);
console.log('failed as it should');

for (const name of ['v5', 'slow5', 'bad5']) await templates.delete(GROUP, name);
assert.equal((await failure(templates.get(GROUP, 'v5'))).statusCode, 404);
await templates.delete(GROUP, 'v5');
console.log('deleted');
