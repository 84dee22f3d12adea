import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runId } from '../../../shared/model/convert.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';
import { endRun } from '../../../shared/commands/end-run.ts';
import { ended } from '../../../shared/model/documents/run.ts';

const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
const ARTIFACTS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/artifacts`;

describe('runs over HTTP', () => {
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

  /** What the orchestration's last activities do. */
  async function end(id: string, changes: Partial<Run>): Promise<void> {
    const endTime = '2030-01-01T00:00:00Z';
    await api.store.runs.update(ref, runId(id), (run) => ({ ...run, endTime, ...changes }));
    await api.store.templates.update(ref, ({ activeRun: _activeRun, ...head }) => head);
    api.engine.ended.add(id);
  }

  async function started(): Promise<{ id: string; operation: string }> {
    const answer = await api.send('POST', `${WEB}/run`);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const { body } = await api.send('GET', `${WEB}/runs`);
    return { id: body.value[0]?.id ?? '', operation: answer.headers['location'] ?? '' };
  }

  test('POST run claims the template, starts a build of its revision and answers with an operation', async () => {
    await api.submitted();
    const answer = await api.send('POST', `${WEB}/run`);
    assert.equal(answer.status, 202);
    assert.equal(answer.body, undefined);
    assert.equal(answer.headers['location'], answer.headers['azure-asyncoperation']);
    const { body } = await api.send('GET', WEB);
    assert.partialDeepStrictEqual(body.properties.lastRunStatus, {
      endTime: '0001-01-01T00:00:00Z',
      runState: 'Running',
      runSubState: 'Queued',
      message: '',
    });
    const [[id, launch] = []] = [...api.engine.started].filter(([, { name }]) => name === 'build-image');
    assert.deepEqual(launch?.input, { ref, runId: id, revision: 1 });
    assert.match(answer.headers['location'] ?? '', new RegExp(`operations/${id?.toUpperCase()}\\?`));
  });

  test('a run that is to use no checkpoint says so, whether the query or the body asked', async () => {
    await api.submitted();
    const noCache = async (path: string, options: object = {}): Promise<unknown> => {
      const answer = await api.send('POST', `${WEB}/run${path}`, options);
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      const [run]: any[] = (await api.send('GET', `${WEB}/runs`)).body.value;
      await end(run.id, { state: 'Succeeded', cleanup: 'done' });
      return run.noCache;
    };
    const body = { noCache: true };
    const headers = { 'content-length': String(JSON.stringify(body).length) };
    assert.equal(await noCache('?noCache=true'), true);
    assert.equal(await noCache(''), undefined, 'the wish of one run is not that of the next');
    assert.equal(await noCache('', { body, headers }), true);
    assert.equal(await noCache('?nocache=false'), undefined);
    assert.equal(await noCache('?noCache=true', { apiVersion: '2024-02-01' }), undefined);
    const refused = await api.send('POST', `${WEB}/run?noCache=perhaps`);
    assert.equal(refused.status, 400);
    assert.match(refused.body.error.message, /noCache is "perhaps"; write true or false/);
  });

  test('of many runs at one moment one starts and the others are told its id', async () => {
    await api.submitted();
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.send('POST', `${WEB}/run`)));
    assert.equal(answers.filter(({ status }) => status === 202).length, 1);
    assert.equal(answers.filter(({ status }) => status === 409).length, 7);
    const refused = answers.find(({ status }) => status === 409)?.body.error;
    assert.equal(refused?.code, 'OperationNotAllowed');
    const { body } = await api.send('GET', `${WEB}/runs`);
    assert.equal(body.value.length, 1);
    assert.ok(refused?.message.includes(body.value[0]?.id ?? ''));
  });

  test('a template that is not accepted does not run', async () => {
    assert.equal((await api.send('POST', `${WEB}/run`)).status, 404);
    await api.submitted();
    await api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Failed' }));
    const answer = await api.send('POST', `${WEB}/run`);
    assert.equal(answer.status, 409);
    assert.match(answer.body.error.message, /provisioning state: failed/);
  });

  test('the operation tells how the run ended', async () => {
    await api.submitted();
    for (const [state, status] of [
      ['Succeeded', 'Succeeded'],
      ['Canceled', 'Canceled'],
      ['Failed', 'Failed'],
      ['PartiallySucceeded', 'Failed'],
    ] as const) {
      const { id, operation } = await started();
      assert.equal((await api.send('GET', operation)).body.status, 'InProgress');
      await end(id, { state, message: 'why' });
      const { body } = await api.send('GET', operation);
      assert.equal(body.status, status);
      assert.equal(body.endTime, '2030-01-01T00:00:00Z');
      // Of a canceled one too: clients make up words where there is no error.
      assert.equal(body.error?.message, status === 'Succeeded' ? undefined : 'why');
    }
  });

  test('a run that died between claim and start is started by a reader, and then is not refused nor doubled', async () => {
    await api.submitted();
    api.engine.dies = true;
    assert.equal((await api.send('POST', `${WEB}/run`)).status, 500);
    api.engine.dies = false;
    assert.equal((await api.send('POST', `${WEB}/run`)).status, 409, 'its maker may still be at work');
    api.later = 10_000;
    await api.send('GET', `${WEB}/runs`);
    const builds = [...api.engine.started.values()].filter(({ name }) => name === 'build-image');
    assert.equal(builds.length, 1);
    assert.equal((await api.send('POST', `${WEB}/run`)).status, 409);
  });

  test('a claim whose run document was never written is resumed by the next request to run', async () => {
    await api.submitted();
    const lost = runId(crypto.randomUUID());
    await api.store.templates.update(ref, (head) => ({ ...head, activeRun: lost }));
    const answer = await api.send('POST', `${WEB}/run`);
    assert.equal(answer.status, 202);
    assert.ok(api.engine.started.has(lost));
    assert.equal((await api.store.runs.get(ref, lost))?.state, 'Running');
  });

  test('a run whose orchestration ended without a word is failed, and the template is free again', async () => {
    await api.submitted();
    const { id, operation } = await started();
    api.engine.ended.add(id);
    api.later = 10_000;
    const { body } = await api.send('GET', operation);
    assert.equal(body.status, 'Failed');
    const run = await api.store.runs.get(ref, runId(id));
    assert.equal(run?.cleanup, 'done', 'it had made nothing');
    assert.deepEqual(api.ended, [`${id} Failed`], 'slot, events and log as at any other end');
    assert.equal((await api.store.templates.get(ref))?.value.failures, 1, 'it counts');
    assert.equal((await api.send('GET', WEB)).body.properties.lastRunStatus.runState, 'Failed');
    assert.equal((await api.send('POST', `${WEB}/run`)).status, 202);
  });

  test('the operation of a run ends when the template has let go of it, not before', async () => {
    await api.submitted();
    const { id, operation } = await started();
    const endedAt = new Date().toISOString();
    await api.store.runs.update(ref, runId(id), (run) =>
      ended(run, { state: 'Succeeded', message: '', endedAt }),
    );
    assert.equal((await api.send('GET', operation)).body.status, 'InProgress');
    assert.equal((await api.send('GET', WEB)).body.properties.lastRunStatus.runState, 'Running');
    await endRun(api.store, { ref, runId: runId(id) }, { state: 'Succeeded', message: '', endedAt });
    assert.equal((await api.send('GET', operation)).body.status, 'Succeeded');
    assert.equal((await api.send('GET', WEB)).body.properties.lastRunStatus.runState, 'Succeeded');
  });

  test('an end that is stored after a cancel is Canceled, whatever it was', async () => {
    await api.submitted();
    const { id } = await started();
    await api.send('POST', `${WEB}/cancel`);
    const failure = { code: 'DistributionFailed', message: '0 of 1 targets.' } as const;
    const ending = {
      state: 'Failed',
      message: failure.message,
      failure,
      endedAt: '2026-01-01T00:00:00Z',
    } as const;
    const run = await endRun(api.store, { ref, runId: runId(id) }, ending);
    assert.equal(run?.state, 'Canceled');
    assert.equal(run.error?.details?.[0]?.code, 'DistributionFailed');
    assert.equal((await api.store.templates.get(ref))?.value.failures, undefined);
  });

  test('POST cancel marks the run, raises the event, and its operation succeeds when the run has ended', async () => {
    await api.submitted();
    assert.equal((await api.send('POST', `${WEB}/cancel`)).status, 204);
    const { id } = await started();
    const answer = await api.send('POST', `${WEB}/cancel`);
    assert.equal(answer.status, 202);
    assert.deepEqual(api.engine.raised, [{ instanceId: id, event: 'cancel' }]);
    const run = await api.store.runs.get(ref, runId(id));
    assert.equal(run?.state, 'Canceling');
    assert.ok(run?.cancelRequestedAt);
    const { body } = await api.send('GET', WEB);
    assert.partialDeepStrictEqual(body.properties.lastRunStatus, {
      runState: 'Canceling',
      message: 'Canceling image build',
    });
    assert.equal(body.properties.lastRunStatus.runSubState, undefined);
    const operation = answer.headers['location'] ?? '';
    assert.equal((await api.send('GET', operation)).body.status, 'InProgress');
    await end(id, { state: 'Canceled' });
    assert.equal((await api.send('GET', operation)).body.status, 'Succeeded');
    assert.equal((await api.send('POST', `${WEB}/cancel`)).status, 204);
  });

  test('a second run is listed first, and a run is read by its id', async () => {
    await api.submitted();
    const first = await started();
    await end(first.id, { state: 'Succeeded' });
    api.later = 1000;
    const second = await started();
    const { body } = await api.send('GET', `${WEB}/runs`);
    assert.deepEqual(
      body.value.map((run) => run.id),
      [second.id, first.id],
    );
    const one = await api.send('GET', `${WEB}/runs/${first.id.toUpperCase()}`);
    assert.deepEqual([one.body.id, one.body.state, one.body.revision], [first.id, 'Succeeded', 1]);
    assert.equal((await api.send('GET', `${WEB}/runs/${crypto.randomUUID()}`)).status, 404);
    assert.equal((await api.send('GET', `${WEB}/runs/none`)).status, 404);
  });

  test('timeline and logs of a run can be followed', async () => {
    await api.submitted();
    const { id } = await started();
    const entry = { id: '1', at: '2026-01-01T00:00:00Z', phase: 'stage', event: 'started' } as const;
    await api.store.timeline.append(ref, runId(id), [entry]);
    await api.store.logs.append(ref, runId(id), '01-hello.out', Buffer.from('hello'));
    assert.deepEqual((await api.send('GET', `${WEB}/runs/${id}/timeline`)).body.value, [entry]);
    assert.deepEqual((await api.send('GET', `${WEB}/runs/${id}/logs`)).body.value, [
      { name: '01-hello.out', bytes: 5 },
    ]);
    const log = `${WEB}/runs/${id}/logs/01-hello.out`;
    const head = await api.send('GET', `${log}?offset=2`);
    assert.deepEqual([head.body, head.headers['x-kiln-next-offset']], ['llo', '5']);
    const tail = await api.send('GET', `${log}?offset=5`);
    assert.deepEqual([tail.status, tail.headers['x-kiln-next-offset']], [200, '5']);
    assert.equal((await api.send('GET', `${log}?offset=-1`)).status, 400);
    assert.equal((await api.send('GET', `${WEB}/runs/${id}/logs/..%2Frun.json`)).status, 404);
  });

  test('the outputs of the newest run are shown, with more in our own version, and a VHD can be downloaded', async () => {
    await api.submitted();
    assert.deepEqual((await api.send('GET', `${WEB}/runOutputs`)).body.value, []);
    const { id } = await started();
    const bytes = Buffer.from('a disk');
    const sha256 = await api.store.artifacts.put(bytes);
    const artifactUri = api.vhds.location('', `${id}.vhd`, ref);
    await api.vhds.startCopy(artifactUri, await api.store.artifacts.url(sha256, 5), id);
    await end(id, {
      state: 'Succeeded',
      outputs: [
        { name: 'disk', type: 'VHD', state: 'Succeeded', artifactUri },
        { name: 'image', type: 'SharedImage', state: 'Succeeded', artifactId: '/x', regions: [] },
        { name: 'far', type: 'VHD', state: 'Succeeded', artifactUri: 'https://other.example/a.vhd' },
      ],
    });
    const ours = await api.send('GET', `${WEB}/runOutputs/IMAGE`);
    assert.deepEqual(ours.body.properties, {
      artifactId: '/x',
      provisioningState: 'Succeeded',
      kind: 'SharedImage',
      regions: [],
    });
    const official = await api.send('GET', `${WEB}/runOutputs`, { apiVersion: '2024-02-01' });
    assert.deepEqual(official.body.value[1], {
      id: `${WEB}/runOutputs/image`,
      name: 'image',
      type: 'Microsoft.VirtualMachineImages/imageTemplates/runOutputs',
      properties: { artifactId: '/x', provisioningState: 'Succeeded' },
    });
    const link = await api.send('POST', `${WEB}/runOutputs/disk/download`);
    assert.equal(await (await fetch(link.body.url)).text(), 'a disk');
    assert.ok(Date.parse(link.body.expires) > Date.now());
    assert.equal((await api.send('POST', `${WEB}/runOutputs/image/download`)).status, 409);
    assert.equal((await api.send('POST', `${WEB}/runOutputs/far/download`)).status, 409);
    assert.equal((await api.send('GET', `${WEB}/runOutputs/none`)).status, 404);
  });

  test('a file is uploaded under its checksum only', async () => {
    const bytes = Buffer.from([0, 1, 2, 255]);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const answer = await api.send('PUT', `${ARTIFACTS}/${sha256.toUpperCase()}`, { body: bytes });
    assert.equal(answer.status, 201);
    assert.equal(answer.body.uri, `kiln-artifact://sha256/${sha256}`);
    assert.deepEqual(Buffer.from((await api.store.artifacts.get(answer.body.sha256)) ?? []), bytes);
    const wrong = await api.send('PUT', `${ARTIFACTS}/${'0'.repeat(64)}`, { body: bytes });
    assert.deepEqual([wrong.status, wrong.body.error.code], [400, 'ChecksumMismatch']);
    assert.ok(wrong.body.error.message.includes(sha256));
  });
});
