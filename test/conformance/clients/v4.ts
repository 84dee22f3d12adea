// The whole life cycle with @azure/arm-imagebuilder 4, whose api-version is 2023-07-01.
import assert from 'node:assert/strict';
import { DefaultAzureCredential } from '@azure/identity';
import { ImageBuilderClient, type ImageTemplate } from 'arm-imagebuilder-v4';
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

const body = (name: string, customize: ImageTemplate['customize']): ImageTemplate => ({
  location: 'westeurope',
  identity: { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } },
  source: SOURCE,
  ...(customize && { customize }),
  distribute: [managedImage(name)],
});

const created = await templates.beginCreateOrUpdateAndWait(GROUP, 'v4', {
  ...body('v4', [shell('echo hello')]),
  distribute: [
    managedImage('v4'),
    {
      type: 'SharedImage',
      runOutputName: 'gallery',
      galleryImageId: DEFINITION,
      replicationRegions: ['westeurope'],
    },
  ],
});
assert.equal(created.provisioningState, 'Succeeded');
assert.equal((await templates.get(GROUP, 'v4')).name, 'v4');
assert.ok((await all(templates.listByResourceGroup(GROUP))).some(({ name }) => name === 'v4'));
assert.ok((await all(templates.list())).some(({ name }) => name === 'v4'));

const updated = await templates.beginUpdateAndWait(GROUP, 'v4', { tags: { changed: 'yes' } });
assert.deepEqual(updated.tags, { changed: 'yes' });

await triggers.beginCreateOrUpdateAndWait(GROUP, 'v4', 'source', { kind: 'SourceImage' });
assert.equal((await triggers.get(GROUP, 'v4', 'source')).status?.code, 'Healthy');
await triggers.beginDeleteAndWait(GROUP, 'v4', 'source');
assert.equal((await all(triggers.listByImageTemplate(GROUP, 'v4'))).length, 0);

await templates.beginRunAndWait(GROUP, 'v4');
assert.equal((await templates.get(GROUP, 'v4')).lastRunStatus?.runState, 'Succeeded');
assert.equal((await all(templates.listRunOutputs(GROUP, 'v4'))).length, 2);
const output = await templates.getRunOutput(GROUP, 'v4', 'gallery');
assert.match(output.artifactId ?? '', /\/versions\/\d+\.\d+\.\d+$/);

await templates.beginCreateOrUpdateAndWait(GROUP, 'slow4', body('slow4', [SLOW]));
await templates.beginRun(GROUP, 'slow4');
await until(
  'the run',
  async () => (await templates.get(GROUP, 'slow4')).lastRunStatus?.runState === 'Running',
);
await templates.beginCancelAndWait(GROUP, 'slow4');
assert.equal((await templates.get(GROUP, 'slow4')).lastRunStatus?.runState, 'Canceled');

assert.equal((await failure(templates.get(GROUP, 'none'))).statusCode, 404);
const refused = await failure(
  templates.beginCreateOrUpdateAndWait(GROUP, 'x', { ...body('x', []), distribute: [] }),
);
assert.equal(refused.statusCode, 400);
for (const name of ['v4', 'slow4']) await templates.beginDeleteAndWait(GROUP, name);
assert.equal((await failure(templates.get(GROUP, 'v4'))).statusCode, 404);
assert.ok((await all(client.operations.list())).length >= 13);
console.log('deleted');
