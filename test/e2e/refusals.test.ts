import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start();
});
after(() => kiln.stop());

/** Sends a body that must be refused and checks that nothing came of it. */
async function refused(
  body: unknown,
  name = 'bad',
): Promise<{ code: string; pointers: string[]; text: string }> {
  const answer = await kiln.api('PUT', `${kiln.templatePath}/${name}`, body);
  assert.equal(answer.status, 400, JSON.stringify(answer.body));
  const { error } = answer.body;
  const pointers = (error.details ?? [error]).map((detail: any) => detail.target);
  for (const detail of error.details ?? []) assert.ok(detail.code && detail.message, JSON.stringify(detail));
  const list = await kiln.api('GET', kiln.templatePath);
  assert.deepEqual(list.body.value, [], 'nothing was created');
  return { code: error.code, pointers, text: JSON.stringify(error) };
}

test('a body that is not JSON is refused', async () => {
  const { code } = await refused('{ not json');
  assert.equal(code, 'InvalidJson');
});

test('every problem of a body is told at once, each with its JSON pointer', async () => {
  const body = template(
    [
      { type: 'Shell', name: 'a', inline: ['x'], sha256Checksum: 'nothex' },
      { type: 'Shell', name: 'b', scriptUri: 'http://example.com/x.sh' },
      { type: 'Shell', name: 'c', scriptUri: 'https://169.254.169.254/metadata/instance' },
      { type: 'Shell', name: 'd', scriptUri: 'https://10.1.2.3/x.sh' },
      { type: 'Shell', name: 'e', inlin: ['x'] },
    ],
    [vhd, vhd],
  );
  const { pointers, text } = await refused(body);
  for (const pointer of [
    '/properties/customize/0/sha256Checksum',
    '/properties/customize/1/scriptUri',
    '/properties/customize/2/scriptUri',
    '/properties/customize/3/scriptUri',
  ])
    assert.ok(pointers.includes(pointer), `${pointer} is missing in ${pointers.join(' ')}`);
  assert.ok(pointers.some((pointer) => pointer.startsWith('/properties/customize/4')));
  assert.match(text, /inline/, 'the unknown field comes with what was meant');
  assert.ok(
    pointers.some((pointer) => pointer.startsWith('/properties/distribute/1')),
    'duplicate runOutputName',
  );
});

test('a template without a target is refused', async () => {
  const { pointers } = await refused(template([shell('a', 'true')], []));
  assert.ok(pointers.includes('/properties/distribute'));
});

test('a name out of the pattern is refused', async () => {
  await refused(template([], [vhd]), 'bad%20name%21');
});

test('an unknown top-level field is refused', async () => {
  const { pointers } = await refused({ ...template([], [vhd]), propertise: {} });
  assert.ok(
    pointers.some((pointer) => pointer.includes('propertise')),
    pointers.join(' '),
  );
});

test('a VHD that would go to another host than Azure Storage fails the submission', async () => {
  const target = { type: 'VHD', runOutputName: 'disk', uri: 'https://stranger.example/golden/web.vhd' };
  const { properties } = (await kiln.submit('abroad', template([shell('one', 'true')], [target]))).body;
  assert.equal(properties.provisioningState, 'Failed');
  assert.equal(properties.provisioningError.provisioningErrorCode, 'UrlNotAllowed');
  await kiln.api('DELETE', `${kiln.templatePath}/abroad`);
});

const identityIn = (group: string): string =>
  `${kiln.templatePath.replace(/\/resourceGroups\/.*/, '')}/resourceGroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;

function withIdentity(id: string): unknown {
  const identity = { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } };
  return { ...template([shell('one', 'true')], [vhd]), identity };
}

test('an identity that does not exist fails the submission and is named; one that does is shown with its principal', async () => {
  const absent = identityIn('nowhere');
  const failed = await kiln.submit('identified', withIdentity(absent));
  const { provisioningState, provisioningError } = failed.body.properties;
  assert.equal(provisioningState, 'Failed');
  assert.equal(provisioningError.provisioningErrorCode, 'IdentityNotUsable');
  assert.ok(provisioningError.message.includes(absent), provisioningError.message);

  const id = identityIn('images');
  const { body } = await kiln.submit('identified', withIdentity(id));
  assert.equal(body.properties.provisioningState, 'Succeeded', JSON.stringify(body));
  const { principalId, clientId } = (await kiln.arm('GET', id, '2023-01-31')).body.properties;
  assert.ok(principalId && clientId);
  assert.deepEqual(body.identity.userAssignedIdentities, { [id]: { principalId, clientId } });
  const again = await kiln.api('PUT', `${kiln.templatePath}/identified`, body);
  assert.equal(again.status, 200);
  assert.equal(again.body.properties.provisioningState, 'Succeeded', 'what was read is no change');
  await kiln.api('DELETE', `${kiln.templatePath}/identified`);
});

test('a request without a token, or with a foreign one, is refused with 401 and says where to get one', async () => {
  const url = `${kiln.endpoints.api}${kiln.templatePath}?api-version=2026-11-01`;
  for (const headers of [{}, { authorization: 'Bearer x.y.z' }]) {
    const answer = await fetch(url, { headers: headers as Record<string, string> });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
  }
  const foreign = await kiln.token('https://somebody.else');
  const answer = await fetch(url, { headers: { authorization: `Bearer ${foreign}` } });
  assert.equal(answer.status, 401);
});

test('a target that cannot take the image is refused at submission, with the reason', async () => {
  const { subscriptionId } = kiln.endpoints;
  const body = template([shell('a', 'true')], [managedImage(subscriptionId)]);
  body.properties.source.sku = '12';
  body.properties.distribute = [
    managedImage(subscriptionId),
    {
      type: 'SharedImage',
      runOutputName: 'g',
      galleryImageId: `/subscriptions/${subscriptionId}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/debian-web`,
      targetRegions: [{ name: 'westeurope' }],
    },
  ];
  const { properties } = (await kiln.submit('gen1', body)).body;
  assert.equal(properties.provisioningState, 'Failed');
  assert.equal(properties.provisioningError.provisioningErrorCode, 'TargetNotCompatible');
  assert.match(properties.provisioningError.message, /generation V1.*V2/);
  assert.equal((await kiln.api('POST', `${kiln.templatePath}/gen1/run`)).status, 409);
  const groups = await kiln.arm('GET', `/subscriptions/${subscriptionId}/resourcegroups`, '2024-07-01');
  assert.ok(groups.body.value.every((group: any) => !group.name.startsWith('IT_')));
});
