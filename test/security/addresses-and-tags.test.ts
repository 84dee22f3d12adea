import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planProblems } from '../../shared/planning/plan-problems.ts';
import { checkUrl } from '../../shared/model/url-policy.ts';
import { isPublicAddress } from '../../shared/model/addresses.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { API_VERSIONS, NEWEST } from '../../shared/template/versions/all.ts';
import { aBody, aTemplate, aWorld } from '../shared/planning/world.ts';
import { sampleBody, SUBSCRIPTION } from '../support/api.ts';

const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g`;

test('a URL with a line break, a tab or another control character is refused, wherever it stands', () => {
  for (const bad of [
    'https://example.com/a\nnext\nurl = file:///etc/hostname',
    'https://example.com/a\tb',
    'https://example.com/\u0085a',
    ' https://example.com/a',
    'https://example.com/a\r',
  ])
    for (const properties of [
      { source: { type: 'ISO', sourceUri: bad, sha256Checksum: 'a'.repeat(64) } },
      { customize: [{ type: 'Shell', scriptUri: bad }] },
      { customize: [{ type: 'File', sourceUri: bad, destination: '/a' }] },
      { distribute: [{ type: 'VHD', runOutputName: 'disk', uri: bad }] },
    ]) {
      const parsed = parseTemplate(sampleBody(properties), NEWEST, REF);
      assert.ok(!parsed.ok, JSON.stringify(properties));
      assert.equal(parsed.failures[0]?.code, 'UrlNotAllowed');
    }
});

test('names and addresses of private networks are refused in every form', () => {
  for (const host of [
    '[::127.0.0.1]',
    '[::10.0.0.1]',
    '[::a9fe:a9fe]',
    'build.corp',
    'nas.lan',
    'x.intranet',
  ])
    assert.equal(checkUrl(`https://${host}/a`, { allow: [] }).ok, false, host);
  assert.equal(isPublicAddress('::127.0.0.1'), false);
  assert.equal(isPublicAddress('2606:4700::1111'), true);
  assert.equal(checkUrl('https://example.com/a', { allow: [] }).ok, true);
});

/** What a submission says of the tags of an image, of what a run makes, and of the template itself. */
function said(tags: Record<string, string>): string[] {
  const body = aBody();
  body.tags = tags;
  body.properties.managedResourceTags = tags;
  body.properties.distribute[0].artifactTags = tags;
  return planProblems(aTemplate(body), aWorld(body)).map(({ target }) => target);
}

test('the tags that the janitor goes by are refused in any case', () => {
  for (const name of ['kiln-run', 'Kiln-Run', 'CreatedBy', 'kiln-App', 'Kiln-Template'])
    assert.deepEqual(said({ [name]: 'x' }), [
      `/properties/distribute/0/artifactTags/${name}`,
      `/properties/managedResourceTags/${name}`,
    ]);
  assert.deepEqual(said({ 'KILN-EXPIRES': 'x' }), ['/properties/managedResourceTags/KILN-EXPIRES']);
  assert.deepEqual(said({ createdBy: 'pipeline', team: 'web' }), []);
});

test('tags that Azure would refuse at the end of a build are refused at submission', () => {
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`tag${index}`, 'x']));
  for (const tags of [
    { 'a<b': 'x' },
    { 'a/b': 'x' },
    { ['n'.repeat(513)]: 'x' },
    { name: 'v'.repeat(257) },
    { name: 'x', NAME: 'y' },
    many,
  ])
    assert.equal(said(tags).length, 3, JSON.stringify(tags).slice(0, 80));
});

test('every api-version has the limits', () => {
  const target = (index: number) => ({
    type: 'SharedImage',
    runOutputName: `r${index}`,
    replicationRegions: ['westeurope'],
    galleryImageId: `${GROUP}/providers/Microsoft.Compute/galleries/g/images/i${index}`,
  });
  const distribute = Array.from({ length: 21 }, (_, index) => target(index));
  for (const version of API_VERSIONS) {
    const parsed = parseTemplate(sampleBody({ distribute }), version, REF);
    assert.ok(!parsed.ok);
    assert.ok(
      parsed.failures.some(({ message }) => message.includes('at most 20 items')),
      version.name,
    );
  }
});
