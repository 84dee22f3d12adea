// What is in an image is for whoever may read its template: also beside another image, and in a search over all.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runId } from '../../shared/model/convert.ts';
import { timestamp } from '../../shared/model/time.ts';
import { Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { anInventory } from '../shared/inventory/some-inventory.ts';
import { A, B, SUBSCRIPTION, templates, tokenOf, twoTeams } from './support.ts';

const AT = timestamp(new Date('2026-11-29T20:00:00Z'));
const RUN = {
  'team-a': runId('aaaaaaaa-0000-4000-8000-000000000001'),
  'team-b': runId('bbbbbbbb-0000-4000-8000-000000000001'),
};
type Team = keyof typeof RUN;

describe('inventories of two teams', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;

  const as = async (oid: string, path: string) =>
    api.send('GET', path, { token: await tokenOf(issuer, oid) });
  const runOf = (team: Team) => `${templates(team)}/web/runs/${RUN[team]}`;

  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite, { policy: twoTeams() });
    for (const [oid, team] of [
      [A, 'team-a'],
      [B, 'team-b'],
    ] as const) {
      const token = await tokenOf(issuer, oid);
      const put = await api.send('PUT', `${templates(team)}/web`, { token, body: sampleBody() });
      assert.equal(put.status, 201);
      const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: team, name: 'web' };
      const run = { id: RUN[team], ref, revision: 1, reason: '', message: '', outputs: [], startTime: AT };
      await api.store.runs.create({ schema: 1, state: 'Succeeded', ...run });
      await api.store.inventories.put(ref, RUN[team], { schema: 1, takenAt: AT, inventory: anInventory });
      const image = { ref, runId: RUN[team], at: AT, versions: ['1.0.0'], os: 'debian 12' };
      await api.store.packageIndex.note({ schema: 1, image, packages: [['deb', 'openssl', '3.0.15']] });
    }
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  test('a run of another team shows nothing of its image', async () => {
    for (const what of ['inventory', 'sbom', 'diff?against=source']) {
      const { status, body } = await as(A, `${runOf('team-b')}/${what}`);
      assert.equal(status, 403, what);
      assert.doesNotMatch(JSON.stringify(body), /libssl3/);
    }
    assert.equal((await as(A, `${runOf('team-a')}/inventory`)).status, 200);
  });

  test('an own image cannot be compared with one of another team', async () => {
    const against = encodeURIComponent(runOf('team-b'));
    const { status, body } = await as(A, `${runOf('team-a')}/diff?against=${against}`);
    assert.equal(status, 403);
    assert.doesNotMatch(JSON.stringify(body), /libssl3/);
    const own = encodeURIComponent(runOf('team-a').toUpperCase());
    assert.equal((await as(A, `${runOf('team-a')}/diff?against=${own}`)).status, 200);
  });

  test('the id of another run cannot walk out of its template', async () => {
    for (const against of [
      '../../x',
      `${templates('team-a')}/web/runs/..`,
      `${templates('..')}/web/runs/${RUN['team-a']}`,
    ]) {
      const { status } = await as(A, `${runOf('team-a')}/diff?against=${encodeURIComponent(against)}`);
      assert.equal(status, 400, against);
    }
  });

  test('a search finds the images of templates that one may read, and no others', async () => {
    const where = [`/subscriptions/${SUBSCRIPTION}`, ''];
    for (const [oid, team] of [
      [A, 'team-a'],
      [B, 'team-b'],
    ] as const)
      for (const scope of where) {
        const path = `${scope}/providers/Microsoft.VirtualMachineImages/packages?name=OpenSSL`;
        const { status, body } = await as(oid, path);
        assert.equal(status, 200);
        assert.deepEqual(
          (body.value as unknown as { runId: string }[]).map((one) => one.runId),
          [RUN[team]],
        );
      }
  });
});
