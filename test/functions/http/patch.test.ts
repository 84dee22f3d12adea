import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
const identity = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const assigned = (...names: string[]) => ({
  type: 'UserAssigned',
  userAssignedIdentities: Object.fromEntries(names.map((name) => [identity(name), {}])),
});

describe('PATCH of a template', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });
  beforeEach(async () => {
    api = await Api.start(issuer, azurite);
  });

  const patch = (body: unknown, apiVersion = '2025-10-01', headers = {}) =>
    api.send('PATCH', WEB, { body, apiVersion, headers });
  const settle = () =>
    api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded' }));

  test('replaces the tags, in a new revision with an operation to wait for', async () => {
    await api.submitted('web', { ...sampleBody(), tags: { old: 'a' } });
    const answer = await patch({ tags: { new: 'b' } });
    assert.equal(answer.status, 200);
    assert.match(answer.headers['azure-asyncoperation'] ?? '', /operations\//);
    assert.partialDeepStrictEqual(answer.body, {
      tags: { new: 'b' },
      properties: { provisioningState: 'Updating' },
    });
    assert.equal('old' in (answer.body as unknown as { tags: object }).tags, false);
    assert.equal((await api.store.templates.get(ref))?.value.revision, 2);
    assert.deepEqual((await api.store.revisions.get(ref, 2))?.template.tags, { new: 'b' });
  });

  test('that changes nothing is no new revision', async () => {
    await api.submitted('web', { ...sampleBody(), tags: { a: 'b' } });
    const answer = await patch({ tags: { a: 'b' } });
    assert.equal(answer.headers['azure-asyncoperation'], undefined);
    assert.equal((await api.store.templates.get(ref))?.value.revision, 1);
  });

  test('keeps the scripts that were fetched for the revision before', async () => {
    const script = { type: 'Shell', name: 'a', scriptUri: 'https://example.com/a.sh' };
    await api.submitted('web', sampleBody({ customize: [script] }));
    const revision = await api.store.revisions.get(ref, 1);
    assert.ok(revision);
    const sha256 = await api.store.artifacts.put(Buffer.from('echo'));
    const pinned = [
      { type: 'Shell', name: 'a', script: { kind: 'uri', uri: script.scriptUri, sha256 } },
    ] as const;
    const properties = { ...revision.template.properties, customize: pinned };
    await api.store.revisions.put(ref, { ...revision, template: { ...revision.template, properties } });
    await patch({ tags: { a: 'b' } });
    assert.deepEqual((await api.store.revisions.get(ref, 2))?.template.properties.customize, pinned);
    await settle();
    await api.send('PUT', WEB, { body: sampleBody({ customize: [script], buildTimeoutInMinutes: 60 }) });
    const third = (await api.store.revisions.get(ref, 3))?.template.properties.customize[0];
    assert.partialDeepStrictEqual(third, { script: { kind: 'uri', uri: script.scriptUri } });
    assert.equal(JSON.stringify(third).includes(sha256), false, 'PUT fetches anew');
  });

  test('gives, swaps and takes the identity', async () => {
    await api.submitted('web', { ...sampleBody(), identity: { type: 'None' } });
    const shown = async (body: unknown) => {
      const answer = await patch(body);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      await settle();
      return (answer.body as unknown as { identity: object }).identity;
    };
    assert.deepEqual(await shown({ identity: assigned('one') }), assigned('one'));
    const swap = {
      type: 'UserAssigned',
      userAssignedIdentities: { [identity('one').toLowerCase()]: null, [identity('two')]: {} },
    };
    assert.deepEqual(await shown({ identity: swap }), assigned('two'));
    const removal = { userAssignedIdentities: { [identity('two')]: null } };
    assert.deepEqual(await shown({ identity: removal }), { type: 'None' });
    const two = await patch({ identity: assigned('one', 'two') });
    assert.equal(two.status, 400);
    assert.equal(two.body.error.details?.[0]?.target, '/identity/userAssignedIdentities');
    assert.deepEqual(await shown({ identity: assigned('one') }), assigned('one'));
    assert.deepEqual(await shown({ identity: { type: 'None' } }), { type: 'None' });
  });

  test('changes targets but never loses one', async () => {
    await api.submitted();
    const lost = await patch({ properties: { distribute: [{ type: 'VHD', runOutputName: 'other' }] } });
    assert.equal(lost.status, 400);
    assert.match(
      lost.body.error.message,
      /Distribute target with Runoutput name disk not found in the update request\. Deleting a distribution target is not allowed\./,
    );
    const distribute = ['disk', 'second'].map((runOutputName) => ({ type: 'VHD', runOutputName }));
    assert.equal((await patch({ properties: { distribute } })).status, 200);
    assert.equal((await api.store.revisions.get(ref, 2))?.template.properties.distribute.length, 2);
  });

  test('merges the machine', async () => {
    await api.submitted('web', sampleBody({ vmProfile: { vmSize: 'Standard_D2s_v5', osDiskSizeGB: 64 } }));
    await patch({ properties: { vmProfile: { osDiskSizeGB: 127 } } });
    assert.partialDeepStrictEqual((await api.store.revisions.get(ref, 2))?.template.properties.vmProfile, {
      vmSize: 'Standard_D2s_v5',
      osDiskSizeGB: 127,
    });
  });

  test('of anything else is refused, and each version has its own list', async () => {
    await api.submitted();
    const other = await patch({ location: 'eastus', properties: { customize: [] } });
    assert.equal(other.status, 400);
    assert.deepEqual(other.body.error.details?.map(({ code, target }) => `${code} ${target}`).sort(), [
      'UnknownField /location',
      'UnknownField /properties/customize',
    ]);
    assert.match(other.body.error.message, /PUT changes everything else/);
    const vmProfile = { properties: { vmProfile: { osDiskSizeGB: 127 } } };
    await patch(vmProfile, '2023-07-01');
    assert.equal(
      (await api.store.templates.get(ref))?.value.revision,
      1,
      'ignored, as a lenient version does',
    );
    await patch({ Tags: { a: 'b' } }, '2018-02-01-preview');
    assert.deepEqual((await api.store.revisions.get(ref, 2))?.template.tags, { a: 'b' });
    for (const body of ['[]', '"x"', 'null', '{"tags":1}', '{"properties":[]}'])
      assert.equal((await patch(body)).status, 400, body);
  });

  test('of an absent template is 404, with an old ETag 412', async () => {
    assert.equal((await patch({ tags: {} })).status, 404);
    await api.submitted();
    const answer = await patch({ tags: { a: 'b' } }, '2025-10-01', { 'if-match': '"old"' });
    assert.equal(answer.status, 412);
  });

  test('by two clients at once keeps both changes; with If-Match one wins and the other is told', async () => {
    await api.submitted();
    const plain = await Promise.all([
      patch({ tags: { a: 'b' } }),
      patch({ properties: { vmProfile: { osDiskSizeGB: 99 } } }),
    ]);
    const statuses = plain.map(({ status }) => status).sort((a, b) => a - b);
    // The second one either comes after the first's submission has begun and is told to wait, or both are one revision each.
    assert.equal(statuses[0], 200);
    assert.ok([200, 409].includes(statuses[1] ?? 0), String(statuses[1]));
    await settle();
    const etag = (await api.send('GET', WEB)).headers['etag'] ?? '';
    const guarded = await Promise.all(
      ['x', 'y', 'z'].map((value) => patch({ tags: { value } }, '2025-10-01', { 'if-match': etag })),
    );
    const wins = guarded.filter(({ status }) => status === 200);
    const losers = guarded.filter(({ status }) => status === 412);
    assert.equal(wins.length, 1);
    assert.equal(losers.length, 2);
    for (const { body } of losers) assert.match(body.error.message, /ETag|changed by somebody else/);
    // In the version of the PATCH: ours shows fields that it has not.
    const shown = await api.send('GET', WEB, { apiVersion: '2025-10-01' });
    assert.deepEqual(shown.body, wins[0]?.body);
  });
});
