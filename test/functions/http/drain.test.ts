import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { handleRequest } from '../../../functions/queue/build-requests.ts';
import { advance } from '../../../shared/requests/advance.ts';
import { resourceGroupId, templateId } from '../../../shared/model/ids.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { QUEUE } from '../../../shared/model/principal.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';

const DRAIN = '/providers/Microsoft.VirtualMachineImages/drain';
const WEB = `${TEMPLATES}/web`;
const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

describe('a drained Kiln', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite);
    await api.submitted();
    const { status, body } = await api.send('PUT', DRAIN, { body: { reason: 'upgrade to 0.2' } });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });

  const change = { ...sampleBody(), tags: { changed: 'yes' } };

  test('refuses whatever begins something new, and says since when, why and what to do', async () => {
    const run = `${WEB}/runs/00000000-0000-4000-8000-000000000000`;
    for (const [method, path, body] of [
      ['PUT', `${TEMPLATES}/other`, sampleBody()],
      ['PUT', WEB, change],
      ['PATCH', WEB, { tags: { changed: 'yes' } }],
      ['POST', `${WEB}/run`, undefined],
      ['POST', `${run}/retry`, undefined],
      ['POST', `${run}/distribute`, { distribute: [{ type: 'VHD', runOutputName: 'far' }] }],
    ] as const) {
      const answer = await api.send(method, path, { ...(body && { body }) });
      const { code, message } = answer.body.error;
      assert.deepEqual([answer.status, code], [503, 'Drained'], `${method} ${path}`);
      assert.match(message, /no new work since \d{4}-.* \(upgrade to 0\.2\)/);
    }
    assert.equal(api.engine.started.size, 1, 'the submission of before');
  });

  test('still reads, cancels and deletes, and takes a PUT that changes nothing', async () => {
    assert.equal((await api.send('GET', WEB)).status, 200);
    assert.equal((await api.send('POST', `${WEB}/cancel`)).status, 204);
    assert.equal((await api.send('PUT', WEB, { body: sampleBody() })).status, 200);
  });

  test('is drained and opened again by an Admin alone, and everybody sees whether it is', async () => {
    for (const method of ['PUT', 'DELETE'])
      assert.equal((await api.send(method, DRAIN, { body: {}, role: 'Builder' })).status, 403);
    const { body } = await api.send('GET', DRAIN, { role: 'Reader' });
    assert.partialDeepStrictEqual(body, { drained: true, reason: 'upgrade to 0.2' });
    const wrong = await api.send('PUT', DRAIN, { body: { reason: 'x'.repeat(201) } });
    assert.equal(wrong.body.error.code, 'InvalidValue');
  });

  test('takes requests of the queue on, lets them wait, and starts them when the drain is over', async () => {
    // A message brings a template along here.
    const scopes = [resourceGroupId(REF)];
    const rule = {
      name: 'queue',
      principals: ['queue:build-requests'],
      actions: ['run', 'write'] as const,
      scopes,
    };
    api.policy = { mode: 'open', rules: [rule] };
    const settled: string[] = [];
    const settlement = {
      complete: () => Promise.resolve(void settled.push('complete')),
      deadLetter: () => Promise.resolve(void settled.push('dead letter')),
    };
    const resent: { attempt: number }[] = [];
    const context = {
      commands: { ...api.commands, actor: QUEUE },
      appName: 'test',
      settlement,
      resend: (_: unknown, { attempt }: { attempt: number }) =>
        Promise.resolve(void resent.push({ attempt })),
      tell: () => Promise.resolve(),
      log: { info: () => undefined, warn: () => undefined },
    } as unknown as Parameters<typeof handleRequest>[0];
    const deliver = (body: object, messageId: string) =>
      handleRequest(context, { body, messageId, properties: {}, lockToken: 'l', attempt: 15 });
    await deliver({ templateId: templateId(REF), whenBusy: 'queue' }, 'waits');
    assert.equal(api.engine.started.size, 1);
    // An inline template would begin a submission: its message comes again, however often.
    await deliver({ templateId: templateId({ ...REF, name: 'inline' }), template: sampleBody() }, 'inline');
    assert.deepEqual([settled, resent], [['complete', 'complete'], [{ attempt: 15 }]]);

    assert.equal((await api.send('DELETE', DRAIN)).status, 204);
    await advance(api.commands, REF);
    const names = [...api.engine.started.values()].map(({ name }) => name);
    assert.deepEqual(names, ['submit-template', 'build-image']);
  });
});
