import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { repeatedField } from '../../../functions/http/repeated-field.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const WEB = `${TEMPLATES}/web`;

describe('requests of hostile and careless clients', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  const refusal = async (method: string, path: string, options: Parameters<Api['send']>[2]) => {
    const { status, headers, body } = await api.send(method, path, options);
    return { status, headers, ...body.error };
  };

  test('a method that a path does not have is refused with those that it has', async () => {
    for (const [method, path, allow] of [
      ['POST', TEMPLATES, 'GET'],
      ['HEAD', WEB, 'DELETE, GET, PATCH, PUT'],
      ['OPTIONS', `${WEB}/run`, 'POST'],
      ['PATCH', `${WEB}/triggers/t`, 'DELETE, GET, PUT'],
    ] as const) {
      const { status, headers, code } = await refusal(method, path, {});
      assert.deepEqual([status, code, headers['allow']], [405, 'MethodNotAllowed', allow]);
    }
    assert.equal((await refusal('GET', `${WEB}/a/b/c`, {})).headers['allow'], undefined);
  });

  test('the name of the api-version and the version itself are read in any case', async () => {
    const spelled = await api.send('GET', `${WEB}?Api-Version=2018-02-01-PREVIEW`, { apiVersion: null });
    assert.equal(spelled.status, 200);
    const twice = await refusal('GET', `${WEB}?api-version=2026-11-01,2022-02-14`, { apiVersion: null });
    assert.deepEqual([twice.status, twice.code], [400, 'InvalidApiVersion']);
    assert.match(twice.message, /"2026-11-01,2022-02-14" is not served/);
  });

  test('a body that is not UTF-8 is refused, and nothing of it is stored as other characters', async () => {
    const text = JSON.stringify({ ...sampleBody(), tags: { town: 'Köln' } });
    const latin = await refusal('PUT', `${TEMPLATES}/latin`, { body: Buffer.from(text, 'latin1') });
    assert.deepEqual([latin.status, latin.code], [400, 'InvalidJson']);
    assert.match(latin.message, /not UTF-8/);
    for (const headers of [
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ]) {
      const other = await refusal('PUT', `${TEMPLATES}/latin`, { body: text, headers });
      assert.deepEqual([other.status, other.code], [415, 'UnsupportedMediaType']);
    }
    const headers = { 'content-type': 'application/json; charset="UTF-8"' };
    const fine = await api.send('PUT', `${TEMPLATES}/marked`, { body: `\ufeff${text}`, headers });
    assert.equal(fine.status, 201);
    assert.equal((fine.body as unknown as { tags: { town: string } }).tags.town, 'Köln');
  });

  test('a field that is there twice is refused with its place, where the service is strict', async () => {
    const id = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`;
    const identity = { type: 'UserAssigned', userAssignedIdentities: { [id]: {} } };
    const body = JSON.stringify({ ...sampleBody(), identity }).replace(
      '"location":',
      '"tags":{"a":"1","\\u0061":"2"},"location":',
    );
    const strict = await refusal('PUT', `${TEMPLATES}/twice`, { body, apiVersion: '2024-02-01' });
    assert.deepEqual([strict.status, strict.code], [400, 'InvalidJson']);
    assert.match(strict.message, /\/tags\/a twice/);
    assert.equal(
      (await api.send('PUT', `${TEMPLATES}/twice`, { body, apiVersion: '2022-02-14' })).status,
      201,
    );
  });

  test('a $skipToken of another list, or of nobody, is refused', async () => {
    const other = '99999999-9999-9999-9999-999999999999';
    for (const folder of [
      `templates/${other}/images/web/`,
      'x',
      '\0',
      `templates/${SUBSCRIPTION}/other/a/`,
    ]) {
      const token = Buffer.from(folder).toString('base64url');
      const { status, code } = await refusal('GET', `${TEMPLATES}?$skipToken=${token}`, {});
      assert.deepEqual([status, code], [400, 'InvalidValue'], folder);
    }
  });

  test('lists of what cannot exist are not found, instead of empty', async () => {
    const provider = 'providers/Microsoft.VirtualMachineImages/imageTemplates';
    for (const path of ['/subscriptions/nobody', `/subscriptions/${SUBSCRIPTION}/resourceGroups/a%20b.`]) {
      const { status, code } = await refusal('GET', `${path}/${provider}`, {});
      assert.deepEqual([status, code], [404, 'ResourceNotFound'], path);
    }
  });

  test('a run is not distributed to a host that is not Azure Storage', async () => {
    const run = `${WEB}/runs/00000000-0000-4000-8000-000000000000`;
    const send = (uri: string) =>
      refusal('POST', `${run}/distribute`, {
        body: { distribute: [{ type: 'VHD', runOutputName: 'far', uri }] },
      });
    const foreign = await send('https://stranger.example/golden/web.vhd');
    assert.deepEqual([foreign.status, foreign.code], [400, 'UrlNotAllowed']);
    const fine = await send('https://team.blob.core.windows.net/golden/web.vhd');
    assert.deepEqual([fine.status, fine.code], [404, 'ResourceNotFound'], 'there is no such run');
  });

  test('names that a URL would resolve are no names', async () => {
    for (const name of ['%2e%2e%2fother', '%252e', 'a%00b', 'b%C3%A4um', 'x'.repeat(65)]) {
      const { status, code } = await refusal('PUT', `${TEMPLATES}/${name}`, { body: sampleBody() });
      assert.deepEqual([status, code], [400, 'ValidationFailed'], name);
      assert.equal((await api.send('GET', `${TEMPLATES}/${name}`)).status, 404);
    }
  });

  test('a reader that has the newest version gets no body', async () => {
    const { headers } = await api.send('GET', WEB);
    const etag = headers['etag'] ?? '';
    const same = await api.send('GET', WEB, { headers: { 'if-none-match': `"x", ${etag}` } });
    assert.deepEqual([same.status, same.body, same.headers['etag']], [304, undefined, etag]);
    const changed = await api.send('GET', WEB, { headers: { 'if-none-match': '"x"' } });
    assert.equal(changed.status, 200);
  });

  test('the problem of a whole body is told without an empty pointer', async () => {
    const { message } = await refusal('PUT', WEB, { body: '[]' });
    assert.match(message, /one problem\. \[\] is not/);
  });

  test('a body of one long string, or as deep as the parser allows, does not exhaust the checks', async () => {
    const long = await refusal('PUT', WEB, { body: JSON.stringify('\\"'.repeat(1_000_000)) });
    assert.equal(long.code, 'ValidationFailed');
    const deep = await refusal('PUT', WEB, { body: '['.repeat(100_000) });
    assert.match(deep.message, /nested deeper/);
  });
});

test('a repeated field is found wherever it is, and nothing else is taken for one', () => {
  // JSON.parse of what was written keeps one field of each name, so that it has none twice.
  fc.assert(fc.property(fc.json(), (text) => repeatedField(JSON.stringify(JSON.parse(text))) === undefined));
  assert.equal(repeatedField('{"a":[{"b":1},{"c/d":1,"e":"\\",\\"","c/d":2}]}'), '/a/1/c~1d');
  assert.equal(repeatedField('{"a":{"b":1},"b":[{"b":":"}],"a":[]}'), '/a');
  assert.equal(repeatedField('["a","a",{"a":"a"}]'), undefined);
});
