import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const WEB = `${TEMPLATES}/web`;
const TRIGGER = `${WEB}/triggers/source`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

describe('the surface around templates', () => {
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

  describe('triggers', () => {
    const put = (body: unknown = { properties: { kind: 'SourceImage' } }, path = TRIGGER) =>
      api.send('PUT', path, { body, apiVersion: '2025-10-01' });

    test('are made once, shown, listed and deleted', async () => {
      await api.submitted();
      const made = await put();
      assert.equal(made.status, 201);
      assert.equal(made.body.id, TRIGGER);
      assert.partialDeepStrictEqual(made.body.properties, {
        kind: 'SourceImage',
        provisioningState: 'Succeeded',
        status: { code: 'Healthy', message: 'Trigger is active' },
      });
      assert.equal((await put()).status, 200);
      assert.deepEqual((await api.send('GET', TRIGGER)).body, made.body);
      assert.deepEqual((await api.send('GET', `${WEB}/triggers`)).body.value, [made.body]);
      assert.equal((await put(undefined, `${WEB}/triggers/second`)).status, 409);
      assert.equal((await api.send('DELETE', TRIGGER)).status, 204);
      assert.equal((await api.send('DELETE', TRIGGER)).status, 204);
      assert.equal((await api.send('GET', TRIGGER)).status, 404);
    });

    test('of one name that many clients make at one moment are one', async () => {
      await api.submitted();
      const answers = await Promise.all(Array.from({ length: 8 }, () => put()));
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(statuses.toSorted(), [200, 200, 200, 200, 200, 200, 200, 201]);
    });

    test('need a template that can change: latest, and no explicit version to make', async () => {
      assert.equal((await put()).status, 404);
      await api.send('PUT', WEB, { body: sampleBody() });
      assert.match((await put()).body.error.message, /provisioning state Creating/);
      const gallery = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/i`;
      const source = { type: 'SharedImageVersion', imageVersionId: `${gallery}/versions/1.0.0` };
      const distribute = [
        { type: 'SharedImage', runOutputName: 'a', galleryImageId: `${gallery}/versions/2.0.0` },
      ];
      await api.submitted('fixed', sampleBody({ source, distribute }));
      const refused = await put(undefined, `${TEMPLATES}/fixed/triggers/t`);
      assert.equal(refused.status, 400);
      assert.deepEqual(
        refused.body.error.details?.map(({ target }) => target),
        [
          '/properties/source',
          '/properties/distribute/0/galleryImageId',
          '/properties/distribute/0/galleryImageId',
        ],
      );
    });

    test('of an unknown kind are refused with what was meant', async () => {
      await api.submitted();
      const answer = await put({ properties: { kind: 'sourceImage' } });
      assert.equal(answer.status, 400);
      assert.match(answer.body.error.message, /Did you mean "SourceImage"\?/);
      for (const body of [{}, { properties: 1 }, []]) assert.equal((await put(body)).status, 400);
      assert.equal((await put(undefined, `${WEB}/triggers/a%20b`)).status, 400);
    });

    test('came with 2022-07-01', async () => {
      const answer = await api.send('GET', `${WEB}/triggers`, { apiVersion: '2022-02-14' });
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, 'InvalidApiVersion');
    });
  });

  test('errors of the oldest versions are not wrapped', async () => {
    for (const [apiVersion, wrapped] of [
      ['2018-02-01-preview', false],
      ['2020-02-14', false],
      ['2021-10-01', true],
    ] as const) {
      const { status, body } = await api.send('GET', `${TEMPLATES}/none`, { apiVersion });
      assert.equal(status, 404);
      const error = wrapped ? body.error : body;
      assert.equal((error as { code?: string }).code, 'ResourceNotFound', apiVersion);
    }
  });

  test('the provider tells its operations', async () => {
    const { body } = await api.send('GET', '/providers/Microsoft.VirtualMachineImages/operations', {
      apiVersion: '2025-10-01',
    });
    assert.equal(body.value.length, 13);
    assert.ok(
      body.value.some(({ name }) => name === 'Microsoft.VirtualMachineImages/imageTemplates/run/action'),
    );
  });

  test('look-ups are answered by Azure, whatever version they ask for', async () => {
    const answer = await api.send('GET', `/subscriptions/${SUBSCRIPTION}//locations`, {
      apiVersion: '2019-11-01',
    });
    assert.equal(answer.status, 200);
    assert.equal(
      (answer.body as unknown as { path: string }).path,
      `/subscriptions/${SUBSCRIPTION}/locations`,
    );
    assert.equal((await api.send('GET', '/subscriptions/none')).status, 404);
    assert.equal((await api.send('GET', '/subscriptions', { token: null })).status, 401);
    const group = `/subscriptions/${SUBSCRIPTION}/resourcegroups/images`;
    assert.equal((await api.send('HEAD', group)).status, 204);
  });

  test('strictCreate refuses what exists, by query or by setting', async () => {
    await api.submitted();
    const strict = await api.send('PUT', `${WEB}?strictCreate=true`, { body: sampleBody() });
    assert.equal(strict.status, 409);
    assert.equal(strict.body.error.code, 'Conflict');
    assert.match(strict.body.error.message, /Update\/Upgrade of image templates is currently not supported/);
    const setting = await Api.start(issuer, azurite, { strictCreate: true });
    await setting.submitted();
    assert.equal((await setting.send('PUT', WEB, { body: sampleBody() })).status, 409);
    const lax = await setting.send('PUT', `${WEB}?strictCreate=false`, { body: sampleBody() });
    assert.equal(lax.status, 200);
  });

  describe('lists', () => {
    const names = (value: { name: string }[]) => value.map(({ name }) => name);

    test('come in pages of $top, each with the link to the next, over groups too', async () => {
      for (const name of ['c', 'a', 'b']) await api.submitted(name);
      const other = TEMPLATES.replace('/images/', '/other/');
      await api.send('PUT', `${other}/d`, { body: sampleBody() });
      const seen: string[] = [];
      let next: string | undefined =
        `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/imageTemplates?$top=3`;
      for (let pages = 0; next !== undefined; pages += 1) {
        assert.ok(pages < 3);
        const answer = await api.send('GET', next, { apiVersion: '2024-02-01' });
        seen.push(...names(answer.body.value));
        next = (answer.body as unknown as { nextLink?: string }).nextLink;
        if (next !== undefined) assert.match(next, /^https:\/\/kiln\.example:8443\/.*%24top=3.*skipToken=/);
      }
      assert.deepEqual(seen, ['a', 'b', 'c', 'd']);
      assert.equal((await api.send('GET', `${TEMPLATES}?$top=0`)).status, 400);
    });

    test('are filtered by tag', async () => {
      for (const [name, team] of [
        ['a', 'web'],
        ['b', 'db'],
      ])
        await api.submitted(name, { ...sampleBody(), tags: { team } });
      const listed = async (filter: string) => {
        const answer = await api.send('GET', `${TEMPLATES}?$filter=${encodeURIComponent(filter)}`);
        return answer.status === 200 ? names(answer.body.value) : answer.status;
      };
      assert.deepEqual(await listed("tagName eq 'team'"), ['a', 'b']);
      assert.deepEqual(await listed("tagName eq 'Team' and tagValue eq 'db'"), ['b']);
      assert.equal(await listed("name eq 'a'"), 400);
    });

    test('of 500 templates are one page, in seconds of CPU', { timeout: 120_000 }, async () => {
      await api.submitted('t0');
      const head = (await api.store.templates.get({ ...ref, name: 't0' }))?.value;
      assert.ok(head);
      const rest = Array.from({ length: 499 }, (_, index) => ({ ...ref, name: `t${index + 1}` }));
      for (let start = 0; start < rest.length; start += 25)
        await Promise.all(
          rest
            .slice(start, start + 25)
            .map((one) => api.store.templates.put({ ...head, ref: one }, 'absent')),
        );
      // The service is in this process. The clock on the wall measures what else the machine does.
      const started = process.cpuUsage();
      const answer = await api.send('GET', TEMPLATES);
      const { user, system } = process.cpuUsage(started);
      const seconds = (user + system) / 1_000_000;
      assert.equal(answer.body.value.length, 500);
      assert.equal('nextLink' in answer.body, false);
      assert.ok(seconds < 10, `${seconds.toFixed(1)} s`);
    });
  });

  test('a restricted principal sees and changes its own groups only', async () => {
    const oid = 'AAAAAAAA-0000-0000-0000-000000000001';
    api = await Api.start(issuer, azurite, {
      restrict: {
        [oid.toLowerCase()]: ['other', `/subscriptions/${SUBSCRIPTION}/resourceGroups/third`],
      },
    });
    const token = await issuer.sign({ roles: ['Admin'], oid });
    const created = await api.send('PUT', WEB, { body: sampleBody() });
    const operation = created.headers['azure-asyncoperation'] ?? '';
    for (const [method, path] of [
      ['GET', WEB],
      ['PUT', WEB],
      ['POST', `${WEB}/run`],
      ['DELETE', WEB],
      ['GET', TEMPLATES],
      ['GET', `/subscriptions/${SUBSCRIPTION}/resourceGroups/images`],
    ] as const) {
      const answer = await api.send(method, path, {
        token,
        body: method === 'PUT' ? sampleBody() : undefined,
      });
      assert.equal(answer.status, 403, `${method} ${path}`);
      assert.match(answer.body.error.message, /do not give "\w+" there/);
    }
    assert.equal((await api.send('GET', operation, { token })).status, 404);
    const all = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
    assert.deepEqual((await api.send('GET', all, { token })).body.value, []);
    assert.equal((await api.send('GET', all)).body.value.length, 1);
    const groups = await api.send('GET', `/subscriptions/${SUBSCRIPTION}/resourceGroups`, { token });
    assert.deepEqual(groups.body.value, [{ name: 'other' }]);
    for (const group of ['other', 'Third'])
      assert.equal(
        (await api.send('PUT', WEB.replace('/images/', `/${group}/`), { token, body: sampleBody() })).status,
        201,
      );
  });
});
