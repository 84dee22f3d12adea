import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { type Answer, Api, type Issuer, startIssuer, SUBSCRIPTION, TEMPLATES } from '../support/api.ts';
import { DATA, skipReason } from './official/swagger.ts';

const apiVersion = '2022-07-01';
const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

const recorded = (file: string): any =>
  JSON.parse(readFileSync(path.join(DATA, 'aib-wire', `${file}.json`), 'utf8'));

/** The recorded body without what differs from template to template, and without nulls, which say nothing. */
function comparable(body: any): any {
  const { id: _id, name: _name, ...rest } = body;
  return JSON.parse(JSON.stringify(rest), (_key, value: unknown) => value ?? undefined);
}

/** Names of the recorded headers that clients act on. */
function assertHeaders(answer: Answer, wanted: Record<string, string>): void {
  const names = (headers: Record<string, string>) =>
    Object.keys(headers)
      .map((name) => name.toLowerCase())
      .filter((name) => ['azure-asyncoperation', 'location'].includes(name))
      .sort();
  assert.deepEqual(names(answer.headers), names(wanted));
  const operation = answer.headers['azure-asyncoperation'];
  if (operation === undefined) return;
  assert.match(
    operation,
    /\/providers\/Microsoft\.VirtualMachineImages\/locations\/\w+\/operations\/[0-9A-F-]{36}\?/,
  );
  assert.ok(operation.includes(answer.headers['x-ms-request-id'] ?? '?'), 'x-ms-request-id is the operation');
  if (answer.headers['location'] !== undefined) assert.equal(answer.headers['location'], operation);
}

describe('exchanges recorded from the real service', { skip: skipReason }, () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  test('go the same way with Kiln: status, headers and every field of the answers', async () => {
    const put = recorded('01-put-template');
    const created = await api.send('PUT', WEB, { body: put.request.body, apiVersion });
    assert.equal(created.status, put.response.status);
    assertHeaders(created, put.response.headers);
    assert.partialDeepStrictEqual(created.body, comparable(put.response.body));

    const poll = await api.send('GET', created.headers['azure-asyncoperation'] ?? '', { apiVersion });
    assert.equal(poll.status, 200);
    assert.match(poll.body.name, /^[0-9A-F-]{36}$/);

    const got = recorded('03-get-template-after-create').response;
    const { exactVersion } = got.body.properties.source;
    const { exactStagingResourceGroup } = got.body.properties;
    await api.store.templates.update(ref, (head) => ({
      ...head,
      provisioningState: 'Succeeded',
      exactVersion,
      exactStagingResourceGroup,
    }));
    const read = await api.send('GET', WEB, { apiVersion });
    assert.partialDeepStrictEqual(read.body.properties, comparable(got.body).properties);
    assert.equal('lastRunStatus' in read.body.properties, false);

    const idle = await api.send('POST', `${WEB}/cancel`, { apiVersion });
    assert.equal(idle.status, recorded('05-post-cancel-right-after-run').response.status);
    assertHeaders(idle, {});

    const run = recorded('04-post-run').response;
    const started = await api.send('POST', `${WEB}/run`, { apiVersion });
    assert.equal(started.status, run.status);
    assert.equal(started.body, undefined);
    assertHeaders(started, run.headers);

    const removal = recorded('08-delete-template').response;
    const deleted = await api.send('DELETE', WEB, { apiVersion });
    assert.equal(deleted.status, removal.status);
    assertHeaders(deleted, removal.headers);
  });

  test('of a trigger end in the same resource; ours is there at once, with nothing to poll', async () => {
    const { request, get } = recorded('09-put-trigger');
    await api.submitted('triggered');
    const at = `${TEMPLATES}/triggered/triggers/source`;
    const made = await api.send('PUT', at, { body: request.body, apiVersion });
    assert.equal(made.status, 201);
    const { time: _time, ...status } = get.body.properties.status;
    const properties = { ...get.body.properties, status };
    assert.partialDeepStrictEqual((await api.send('GET', at, { apiVersion })).body.properties, properties);
  });
});
