import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Effects } from '../../../functions/activities/activity.ts';
import { checkRunEnded } from '../../../functions/activities/record/check-run-ended.ts';
import type { App } from '../../../functions/app.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

describe('image templates over HTTP', () => {
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

  const operationOf = (answer: { headers: Record<string, string> }) =>
    /operations\/([0-9A-F-]{36})\?/.exec(answer.headers['azure-asyncoperation'] ?? '')?.[1] ?? '';

  test('PUT creates a template, starts its submission and says where to look', async () => {
    const answer = await api.send('PUT', WEB, { body: sampleBody() });
    assert.equal(answer.status, 201);
    assert.equal(answer.body.properties.provisioningState, 'Creating');
    assert.equal(answer.body.properties.buildTimeoutInMinutes, 0);
    assert.deepEqual(answer.body.properties.vmProfile, { vmSize: '', osDiskSizeGB: 0 });
    const url = answer.headers['azure-asyncoperation'] ?? '';
    assert.match(
      url,
      /^https:\/\/kiln\.example:8443\/subscriptions\/.*\/locations\/westeurope\/operations\//,
    );
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(answer.headers['retry-after-ms'], '200');
    assert.equal(answer.headers['location'], undefined);
    const id = operationOf(answer);
    assert.deepEqual(api.engine.started.get(id.toLowerCase()), {
      name: 'submit-template',
      input: { ref, revision: 1, operationId: id },
    });
    assert.equal((await api.store.revisions.get(ref, 1))?.template.location, 'westeurope');

    const operation = await api.send('GET', url);
    assert.equal(operation.status, 200);
    assert.deepEqual([operation.body.name, operation.body.status], [id, 'InProgress']);
  });

  test('PUT of what is already there does nothing, also when a client sends back what it read', async () => {
    await api.submitted();
    const read = await api.send('GET', WEB);
    const started = api.engine.started.size;
    for (const body of [sampleBody(), read.body]) {
      const again = await api.send('PUT', WEB, { body });
      assert.equal(again.status, 200);
      assert.equal(again.headers['azure-asyncoperation'], undefined);
      assert.equal(again.headers['etag'], read.headers['etag']);
    }
    assert.equal(api.engine.started.size, started);
  });

  test('PUT of another body makes the next revision and keeps the first', async () => {
    await api.submitted();
    const answer = await api.send('PUT', WEB, { body: sampleBody({ buildTimeoutInMinutes: 60 }) });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.properties.provisioningState, 'Updating');
    assert.ok(operationOf(answer));
    assert.equal((await api.store.revisions.get(ref, 1))?.template.properties.buildTimeoutInMinutes, 240);
    assert.equal((await api.store.revisions.get(ref, 2))?.template.properties.buildTimeoutInMinutes, 60);
  });

  test('PUT while another submission goes on: the same body joins it, another one is refused', async () => {
    const first = await api.send('PUT', WEB, { body: sampleBody() });
    const same = await api.send('PUT', WEB, { body: sampleBody() });
    assert.equal(operationOf(same), operationOf(first));
    const other = await api.send('PUT', WEB, { body: sampleBody({ buildTimeoutInMinutes: 60 }) });
    assert.equal(other.status, 409);
    assert.match(other.body.error.message, /provisioning state Creating/);
  });

  test('PUT after a failed submission tries again with a new revision', async () => {
    await api.submitted();
    await api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Failed' }));
    const answer = await api.send('PUT', WEB, { body: sampleBody() });
    assert.equal(answer.body.properties.provisioningState, 'Updating');
    assert.equal((await api.store.templates.get(ref))?.value.revision, 2);
  });

  test('a template cannot move to another region', async () => {
    await api.submitted();
    const answer = await api.send('PUT', WEB, { body: { ...sampleBody(), location: 'eastus' } });
    assert.equal(answer.status, 400);
    assert.equal(answer.body.error.details?.[0]?.target, '/location');
  });

  test('of many PUTs at one moment one creates and none fails', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => api.send('PUT', WEB, { body: sampleBody() })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(operationOf)).size, 1);
    assert.equal(api.engine.started.size, 1);
  });

  test('of many different PUTs at one moment one wins, the others are told, and nothing is half of two', async () => {
    await api.submitted();
    const minutes = [60, 61, 62, 63, 64, 65];
    const answers = await Promise.all(
      minutes.map((buildTimeoutInMinutes) =>
        api.send('PUT', WEB, { body: sampleBody({ buildTimeoutInMinutes }) }),
      ),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    assert.deepEqual(
      answers.map(({ status }) => status),
      minutes.map((_, index) => (index === winner ? 200 : 409)),
    );
    const loser = answers.find(({ status }) => status === 409);
    assert.match(loser?.body.error.message ?? '', /provisioning state Updating\. Wait until that ends/);
    const head = (await api.store.templates.get(ref))?.value;
    assert.equal(head?.revision, 2);
    const stored = await api.store.revisions.get(ref, 2);
    assert.equal(stored?.template.properties.buildTimeoutInMinutes, minutes[winner]);
    assert.equal((await api.send('GET', WEB)).body.properties.buildTimeoutInMinutes, minutes[winner]);
  });

  test('a submission that died between store and start is started by the next PUT and by a reader', async () => {
    for (const heal of [
      () => api.send('PUT', WEB, { body: sampleBody() }),
      () => api.send('GET', WEB),
      async () => {
        const head = await api.store.templates.get(ref);
        const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/locations/x/operations/${head?.value.operationId}`;
        return api.send('GET', path);
      },
    ]) {
      api = await Api.start(issuer, azurite);
      api.engine.dies = true;
      assert.equal((await api.send('PUT', WEB, { body: sampleBody() })).status, 500);
      api.engine.dies = false;
      api.later = 10_000;
      assert.ok((await heal()).status < 300);
      assert.deepEqual([...api.engine.started.values()][0]?.name, 'submit-template');
    }
  });

  test('an operation whose orchestration ended without a word is reported as failed', async () => {
    const put = await api.send('PUT', WEB, { body: sampleBody() });
    api.engine.ended.add(operationOf(put).toLowerCase());
    api.later = 10_000;
    const operation = await api.send('GET', put.headers['azure-asyncoperation'] ?? '');
    assert.equal(operation.body.status, 'Failed');
    assert.equal(operation.body.error.code, 'InternalError');
    assert.equal(
      (await api.send('PUT', WEB, { body: sampleBody() })).body.properties.provisioningState,
      'Updating',
    );
  });

  test('If-Match and If-None-Match hold', async () => {
    const conditional = async (headers: Record<string, string>, body = sampleBody()) =>
      (await api.send('PUT', WEB, { body, headers })).status;
    assert.equal(await conditional({ 'if-match': '*' }), 412);
    assert.equal(await conditional({ 'if-none-match': '*' }), 201);
    assert.equal(await conditional({ 'if-none-match': '*' }), 412);
    await api.submitted();
    const etag = (await api.send('GET', WEB)).headers['etag'] ?? '';
    assert.equal(await conditional({ 'if-match': '"0x0"' }), 412);
    assert.equal(await conditional({ 'if-match': etag }, sampleBody({ buildTimeoutInMinutes: 9 })), 200);
    assert.equal((await api.send('DELETE', WEB, { headers: { 'if-match': etag } })).status, 412);
  });

  test('a template is found and listed under every spelling of its id, and shown as it was written', async () => {
    await api.submitted();
    const loud = WEB.toUpperCase().replace(SUBSCRIPTION.toUpperCase(), SUBSCRIPTION);
    for (const path of [WEB, loud, WEB.replace('/imageTemplates', '//imageTemplates')]) {
      const answer = await api.send('GET', path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.body.id, WEB);
    }
    const everywhere = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/imagetemplates`;
    for (const path of [TEMPLATES, everywhere]) {
      const { body } = await api.send('GET', path);
      assert.deepEqual(
        body.value.map((item) => item.id),
        [WEB],
      );
    }
  });

  test('DELETE marks the template, starts its removal once, and is no error when there is nothing', async () => {
    await api.submitted();
    const first = await api.send('DELETE', WEB);
    assert.equal(first.status, 202);
    assert.equal(first.headers['location'], first.headers['azure-asyncoperation']);
    assert.equal((await api.send('GET', WEB)).body.properties.provisioningState, 'Deleting');
    assert.equal(operationOf(await api.send('DELETE', WEB)), operationOf(first));
    assert.equal((await api.send('PUT', WEB, { body: sampleBody() })).status, 409);
    assert.equal(api.engine.started.get(operationOf(first).toLowerCase())?.name, 'delete-template');
    await api.store.templates.remove(ref);
    assert.equal((await api.send('DELETE', WEB)).status, 204);
    assert.equal((await api.send('GET', WEB)).status, 404);
  });

  test('DELETE while a submission goes on is accepted, and the removal waits for its end', async () => {
    const put = await api.send('PUT', WEB, { body: sampleBody() });
    const answer = await api.send('DELETE', WEB);
    assert.equal(answer.status, 202);
    const { store } = api;
    const look = () => checkRunEnded({ store } as App, { ref }, {} as Effects);
    assert.equal((await look()).done, false);
    const operation = await store.operations.get(operationOf(put));
    assert.ok(operation);
    await store.operations.put({ ...operation, status: 'Succeeded' });
    assert.equal((await look()).done, true);
  });

  test('the api-version decides what is shown', async () => {
    const body = sampleBody({
      source: { type: 'ISO', sourceUri: 'https://example.com/a.iso', sha256Checksum: 'a'.repeat(64) },
    });
    await api.submitted('web', body);
    const ours = await api.send('GET', WEB);
    assert.equal(ours.body.properties.source.sourceUri, 'https://example.com/a.iso');
    const official = await api.send('GET', WEB, { apiVersion: '2025-10-01' });
    assert.deepEqual(official.body.properties.source, { type: 'ISO' });
  });

  test('a request without a known api-version is refused with the ones there are', async () => {
    for (const apiVersion of [null, '1999-01-01']) {
      const answer = await api.send('GET', TEMPLATES, { apiVersion });
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, 'InvalidApiVersion');
      assert.match(answer.body.error.message, /2018-02-01-preview, .*2024-02-01, 2025-10-01, 2026-11-01/);
    }
    const runs = await api.send('GET', `${WEB}/runs`, { apiVersion: '2025-10-01' });
    assert.equal(runs.body.error.code, 'InvalidApiVersion');
  });

  test('another method and another path are told apart', async () => {
    const method = await api.send('PATCH', TEMPLATES);
    assert.deepEqual([method.status, method.body.error.code], [405, 'MethodNotAllowed']);
    const path = await api.send('GET', `${TEMPLATES}/a/b/c`);
    assert.deepEqual([path.status, path.body.error.code], [404, 'ResourceNotFound']);
  });

  const refusals: [string, unknown, string, string[]][] = [
    ['not JSON', '{ "location": ', 'InvalidJson', []],
    ['an empty body', '', 'InvalidJson', []],
    ['a list', [], 'ValidationFailed', ['']],
    ['an unknown field', { ...sampleBody(), propertise: {} }, 'ValidationFailed', ['/propertise']],
    [
      'a checksum of another form',
      sampleBody({ customize: [{ type: 'Shell', scriptUri: 'https://example.com/a', sha256Checksum: 'x' }] }),
      'ValidationFailed',
      ['/properties/customize/0/sha256Checksum'],
    ],
    ['no target', sampleBody({ distribute: [] }), 'ValidationFailed', ['/properties/distribute']],
    [
      'a runOutputName twice',
      sampleBody({
        distribute: [
          { type: 'VHD', runOutputName: 'a' },
          { type: 'VHD', runOutputName: 'A' },
        ],
      }),
      'ValidationFailed',
      ['/properties/distribute/1/runOutputName'],
    ],
    [
      'scripts at plain, private and metadata addresses',
      sampleBody({
        customize: [
          { type: 'Shell', scriptUri: 'http://example.com/a' },
          { type: 'Shell', scriptUri: 'https://10.0.0.4/a' },
          { type: 'Shell', scriptUri: 'https://169.254.169.254/metadata/instance' },
        ],
      }),
      'ValidationFailed',
      [
        '/properties/customize/0/scriptUri',
        '/properties/customize/1/scriptUri',
        '/properties/customize/2/scriptUri',
      ],
    ],
  ];
  for (const [what, body, code, targets] of refusals)
    test(`${what} is refused, and nothing comes of it`, async () => {
      const answer = await api.send('PUT', WEB, { body });
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, code);
      assert.deepEqual(
        (answer.body.error.details ?? []).map((detail) => detail.target),
        targets,
      );
      assert.deepEqual((await api.send('GET', TEMPLATES)).body.value, []);
      assert.equal(api.engine.started.size, 0);
    });

  test('a name out of the pattern is reported together with the problems of the body', async () => {
    const answer = await api.send('PUT', `${TEMPLATES}/bad%20name`, { body: sampleBody({ distribute: [] }) });
    const targets = answer.body.error.details?.map((detail) => detail.target);
    assert.deepEqual(targets, ['/name', '/properties/distribute']);
    assert.equal((await api.send('GET', `${TEMPLATES}/bad%20name`)).status, 404);
  });

  test('a body above the limit is refused before it is read', async () => {
    const answer = await api.send('PUT', WEB, { body: '{}', headers: { 'content-length': '5000000' } });
    assert.deepEqual([answer.status, answer.body.error.code], [413, 'PayloadTooLarge']);
  });
});
