import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { testExchanges } from '../support/exchanges.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
let subscription = '';

before(async () => {
  kiln = await LocalKiln.start({ record: true });
  subscription = kiln.endpoints.subscriptionId;
});
after(() => kiln.stop());

const gallery =
  '/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/debian-web/versions';

async function stagingGroups(): Promise<string[]> {
  const { body } = await kiln.arm('GET', `/subscriptions/${subscription}/resourcegroups`, '2024-07-01');
  return body.value.map((group: any) => group.name).filter((name: string) => name.startsWith('IT_'));
}

async function versions(): Promise<any[]> {
  const { body } = await kiln.arm('GET', `/subscriptions/${subscription}${gallery}`, '2023-07-03');
  return body.value;
}

test('one run gives a managed image, a gallery version in three regions and a VHD, and leaves no staging group', async () => {
  const body = template(
    [
      shell('first', 'echo one'),
      shell('second', 'echo two'),
      { type: 'LinuxRestart', name: 'reboot' },
      shell('third', 'echo three'),
    ],
    [managedImage(subscription), galleryVersion(subscription), vhd],
  );
  const accepted = await kiln.submit('web', body);
  assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  assert.match(accepted.body.properties.source.exactVersion, /^\d+\.\d+\.\d+$/);

  const run = await kiln.run('web');
  assert.equal(run.state, 'Succeeded', run.message);
  assert.equal(run.cleanup, 'done');
  assert.match(run.agent, /simulated/, 'a run on simulated machines says so');
  assert.deepEqual(run.outputs.map((output: any) => output.type).toSorted(), [
    'ManagedImage',
    'SharedImage',
    'VHD',
  ]);
  assert.deepEqual(await stagingGroups(), []);

  const [version] = await versions();
  assert.equal(
    version.properties.publishingProfile.excludeFromLatest,
    false,
    'a complete version is promoted',
  );
  const regions = run.outputs.find((output: any) => output.type === 'SharedImage').regions;
  assert.deepEqual(
    regions.map((region: any) => region.state),
    ['Completed', 'Completed', 'Completed'],
  );

  const image = await kiln.arm(
    'GET',
    `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/web`,
    '2024-07-01',
  );
  assert.equal(image.body.tags['kiln-run'], run.id);
});

test('AIB clients read the outcome from lastRunStatus and the run outputs', async () => {
  const { body } = await kiln.api('GET', `${kiln.templatePath}/web`);
  assert.equal(body.properties.lastRunStatus.runState, 'Succeeded');
  assert.equal(body.properties.lastRunStatus.runSubState, undefined);
  const outputs = await kiln.api('GET', `${kiln.templatePath}/web/runOutputs`);
  const byName = new Map<string, any>(
    outputs.body.value.map((output: any) => [output.name, output.properties]),
  );
  assert.match(byName.get('web-gallery').artifactId, /\/versions\/0\.0\.1$/);
  assert.match(byName.get('web-vhd').artifactUri, /\.vhd$/);
});

test('the VHD can be downloaded and is a fixed VHD of whole mebibytes', async () => {
  const { body } = await kiln.api('POST', `${kiln.templatePath}/web/runOutputs/web-vhd/download`);
  const bytes = Buffer.from(await (await fetch(body.url)).arrayBuffer());
  assert.equal((bytes.length - 512) % (1024 * 1024), 0);
  const footer = bytes.subarray(-512);
  assert.equal(footer.toString('latin1', 0, 8), 'conectix');
  assert.equal(footer.readUInt32BE(60), 2, 'disk type fixed');
});

test('the timeline tells every phase and step with its begin and end', async () => {
  const { body: runs } = await kiln.api('GET', `${kiln.templatePath}/web/runs`);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/web/runs/${runs.value[0].id}/timeline`);
  const phases = body.value
    .filter((entry: any) => entry.step === undefined && entry.event === 'succeeded')
    .map((entry: any) => entry.phase);
  assert.deepEqual(phases, [
    'resolve',
    'stage',
    'provision',
    'customize',
    'inventory',
    'generalize',
    'capture',
    'validate',
    'distribute',
    'clean up',
  ]);
  const steps = body.value.filter(
    (entry: any) => entry.phase === 'customize' && entry.step !== undefined && entry.event === 'succeeded',
  );
  assert.deepEqual(
    steps.map((entry: any) => entry.step),
    ['first', 'second', 'reboot', 'third'],
  );
});

test('the next run of the same template replaces its managed image and takes the next version', async () => {
  const run = await kiln.run('web');
  assert.equal(run.state, 'Succeeded', run.message);
  assert.deepEqual((await versions()).map((version) => version.name).toSorted(), ['0.0.1', '0.0.2']);
});

test('a failing script fails the run with step, exit code and last lines; nothing is distributed, the group is gone', async () => {
  const failing = shell(
    'break',
    'echo before',
    '# kiln-simulate: exit=3 stdout="the disk is full" stderr="giving up"',
  );
  const accepted = await kiln.submit(
    'broken',
    template([shell('fine', 'true'), failing], [managedImage(subscription, 'broken')]),
  );
  assert.equal(accepted.body.properties.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const run = await kiln.run('broken');
  assert.equal(run.state, 'Failed');
  const { body } = await kiln.api('GET', `${kiln.templatePath}/broken`);
  const { message } = body.properties.lastRunStatus;
  assert.match(message, /"break".*exit code 3/);
  assert.match(message, /the disk is full[\s\S]*giving up/);
  assert.deepEqual(run.outputs, []);
  const image = await kiln.arm(
    'GET',
    `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/broken`,
    '2024-07-01',
  );
  assert.equal(image.status, 404);
  assert.deepEqual(await stagingGroups(), []);
});

test('cancel ends a running build as Canceled and removes its staging group', async () => {
  const slow = shell('slow', '# kiln-simulate: seconds=120');
  await kiln.submit('slow', template([slow], [managedImage(subscription, 'slow')]));
  await kiln.api('POST', `${kiln.templatePath}/slow/run`);
  await kiln.until('customizing', async () => {
    const { body } = await kiln.api('GET', `${kiln.templatePath}/slow`);
    return body.properties.lastRunStatus?.runSubState === 'Customizing' ? true : undefined;
  });
  assert.equal((await kiln.api('POST', `${kiln.templatePath}/slow/run`)).status, 409, 'one run at a time');
  assert.ok([202, 204].includes((await kiln.api('POST', `${kiln.templatePath}/slow/cancel`)).status));
  const run = await kiln.ended('slow');
  assert.equal(run.state, 'Canceled');
  assert.deepEqual(await stagingGroups(), []);
});

test('a managed image that another made is refused and left alone', async () => {
  const id = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/web`;
  const before = await kiln.arm('GET', id, '2024-07-01');
  const { body } = await kiln.submit(
    'thief',
    template([shell('x', 'true')], [managedImage(subscription, 'web'), vhd]),
  );
  assert.equal(body.properties.provisioningState, 'Failed');
  assert.equal(body.properties.provisioningError.provisioningErrorCode, 'NotOurs');
  assert.match(body.properties.provisioningError.message, /not made by template/);
  assert.deepEqual((await kiln.arm('GET', id, '2024-07-01')).body, before.body);
});

test('a script that was uploaded runs byte for byte, and one with a wrong checksum is refused at submission', async () => {
  const script = Buffer.from('#!/bin/sh\n# kiln-simulate: stdout="from a file"\n');
  const sha256 = (await import('node:crypto')).createHash('sha256').update(script).digest('hex');
  const artifact = `/subscriptions/${subscription}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256}`;
  const uploaded = await kiln.api('PUT', artifact, script, { 'content-type': 'application/octet-stream' });
  assert.ok(uploaded.status < 300, JSON.stringify(uploaded.body));
  const uri = `kiln-artifact://sha256/${sha256}`;
  const good = await kiln.submit(
    'uploaded',
    template([{ type: 'Shell', name: 'file', scriptUri: uri, sha256Checksum: sha256 }], [vhd]),
  );
  assert.equal(good.body.properties.provisioningState, 'Succeeded', JSON.stringify(good.body));
  const run = await kiln.run('uploaded');
  assert.equal(run.state, 'Succeeded', run.message);
  const log = await kiln.api('GET', `${kiln.templatePath}/uploaded/runs/${run.id}/logs/01-file.out`);
  assert.match(String(log.body), /from a file/);
  const wrong = { type: 'Shell', name: 'file', scriptUri: uri, sha256Checksum: 'a'.repeat(64) };
  const refused = await kiln.submit('mismatch', template([wrong], [vhd]));
  assert.equal(refused.body.properties?.provisioningState ?? 'refused', 'Failed');
  assert.match(JSON.stringify(refused.body), /checksum|SHA-256/i);
});

test('a source that does not exist fails the submission with the URN', async () => {
  const body = template([], [vhd]);
  body.properties.source.sku = '99-none';
  const refused = await kiln.submit('nowhere', body);
  assert.equal(refused.body.properties.provisioningState, 'Failed');
  assert.match(JSON.stringify(refused.body.properties.provisioningError), /Debian:debian-12:99-none/);
});

test('two VHD targets of one template take turns at the disk, and both get it', async () => {
  const second = { ...vhd, runOutputName: 'second-vhd' };
  await kiln.submit('two-vhds', template([], [vhd, second]));
  const run = await kiln.run('two-vhds');
  assert.equal(run.state, 'Succeeded', run.message);
  assert.deepEqual(run.outputs.map(({ name, state }: any) => `${name} ${state}`).toSorted(), [
    'second-vhd Succeeded',
    'web-vhd Succeeded',
  ]);
});

test('additional data disks become part of the image, beside those of its source', async () => {
  const disksOf = async (name: string): Promise<[number, number][]> => {
    const id = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/images/${name}`;
    const { body } = await kiln.arm('GET', id, '2024-07-01');
    return body.properties.storageProfile.dataDisks.map(({ lun, diskSizeGB }: any) => [lun, diskSizeGB]);
  };
  const first = template([], [managedImage(subscription, 'with-disks')]);
  first.properties.additionalDataDisks = [{ sizeGB: 8 }, { sizeGB: 4 }];
  await kiln.submit('with-disks', first);
  assert.equal((await kiln.run('with-disks')).state, 'Succeeded');
  assert.deepEqual(await disksOf('with-disks'), [
    [0, 8],
    [1, 4],
  ]);
  const second = template([], [managedImage(subscription, 'with-more')]);
  const [{ imageId }] = first.properties.distribute;
  second.properties.source = { type: 'ManagedImage', imageId };
  second.properties.additionalDataDisks = [{ sizeGB: 16 }];
  await kiln.submit('with-more', second);
  assert.equal((await kiln.run('with-more')).state, 'Succeeded');
  assert.deepEqual((await disksOf('with-more')).toSorted(), [
    [0, 8],
    [1, 4],
    [2, 16],
  ]);
});

test('DELETE removes a template with everything below it', async () => {
  assert.equal((await kiln.api('DELETE', `${kiln.templatePath}/uploaded`)).status, 202);
  await kiln.until('the deletion', async () =>
    (await kiln.api('GET', `${kiln.templatePath}/uploaded`)).status === 404 ? true : undefined,
  );
  assert.equal((await kiln.api('DELETE', `${kiln.templatePath}/uploaded`)).status, 204);
});

testExchanges(() => kiln.recordFile);
