// Sources in galleries of others: shared with the subscription (direct), or with everybody (community).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { testExchanges } from '../support/exchanges.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ record: true });
});
after(() => kiln.stop());

/** A gallery with one version, made by a build; answers with the gallery as its owner sees it. */
async function makeGallery(name: string, sharingProfile: object): Promise<any> {
  const { subscriptionId } = kiln.endpoints;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/images/providers/Microsoft.Compute/galleries/${name}`;
  const properties = { osType: 'Linux', osState: 'Generalized', hyperVGeneration: 'V2', architecture: 'x64' };
  const identifier = { publisher: 'kiln', offer: 'shared', sku: name };
  await kiln.arm('PUT', id, '2023-07-03', { location: 'westeurope', properties: { sharingProfile } });
  const definition = { location: 'westeurope', properties: { ...properties, identifier } };
  await kiln.arm('PUT', `${id}/images/base`, '2023-07-03', definition);
  const target = {
    type: 'SharedImage',
    runOutputName: 'base',
    galleryImageId: `${id}/images/base`,
    targetRegions: [{ name: 'westeurope' }],
  };
  const { body } = await kiln.submit(`make-${name}`, template([shell('a', 'true')], [target]));
  assert.equal(body.properties.provisioningState, 'Succeeded', JSON.stringify(body));
  const run = await kiln.run(`make-${name}`, 60);
  assert.equal(run.state, 'Succeeded', run.message);
  return (await kiln.arm('GET', id, '2023-07-03')).body;
}

async function buildFrom(name: string, imageVersionId: string): Promise<any> {
  const body = template([shell('a', 'true')], [vhd]);
  body.properties.source = { type: 'SharedImageVersion', imageVersionId };
  const submitted = (await kiln.submit(name, body)).body.properties;
  if (submitted.provisioningState !== 'Succeeded') return submitted;
  const run = await kiln.run(name, 60);
  assert.equal(run.state, 'Succeeded', run.message);
  return submitted;
}

const referenced = (field: string): boolean =>
  readFileSync(kiln.recordFile, 'utf8')
    .split('\n')
    .some((line) => line.includes('"VirtualMachines_CreateOrUpdate"') && line.includes(`"${field}":`));

test('the latest version of a gallery that is shared with the subscription is a source', async () => {
  const { properties } = await makeGallery('direct', { permissions: 'Groups' });
  const image = `/sharedGalleries/${properties.identifier.uniqueName}/images/base`;
  const submitted = await buildFrom('from-direct', `${image}/versions/latest`);
  assert.equal(submitted.provisioningState, 'Succeeded', JSON.stringify(submitted));
  assert.equal(submitted.source.exactVersion, `${image}/versions/0.0.1`);
  assert.ok(referenced('sharedGalleryImageId'));
});

test('an exact version of a community gallery is a source', async () => {
  const { properties } = await makeGallery('community', {
    permissions: 'Community',
    communityGalleryInfo: { publicNamePrefix: 'goldens', publisherUri: 'https://example.com' },
  });
  const [publicName] = properties.sharingProfile.communityGalleryInfo.publicNames;
  const version = `/communityGalleries/${publicName}/images/base/versions/0.0.1`;
  const submitted = await buildFrom('from-community', version);
  assert.equal(submitted.provisioningState, 'Succeeded', JSON.stringify(submitted));
  assert.ok(referenced('communityGalleryImageId'));
});

test('a gallery that is not shared, and a version that is not there, are refused with what to do', async () => {
  const unique = `${kiln.endpoints.subscriptionId}-GOLDENS`;
  for (const id of [
    `/sharedGalleries/${unique}/images/debian-web/versions/latest`,
    '/communityGalleries/nobody-0000/images/x/versions/1.0.0',
  ]) {
    const { provisioningError } = await buildFrom('from-nowhere', id);
    assert.equal(provisioningError.provisioningErrorCode, 'SourceNotFound');
    assert.equal(provisioningError.details[0].target, '/properties/source');
  }
});

test('an id of neither form is refused at its field', async () => {
  const body = template([shell('a', 'true')], [vhd]);
  body.properties.source = {
    type: 'SharedImageVersion',
    imageVersionId: '/sharedGalleries/x/images/y/versions/1.x',
  };
  const answer = await kiln.api('PUT', `${kiln.templatePath}/mistyped`, body);
  assert.equal(answer.status, 400, 'a version that is none');
  assert.equal(answer.body.error.details[0].target, '/properties/source/imageVersionId');
});

testExchanges(() => kiln.recordFile, 50);
