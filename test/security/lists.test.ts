// Lists cost what they show, however much a template or a team has stored.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { listRuns } from '../../cli/api/runs.ts';
import { ApiClient } from '../../cli/api/client.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { runId } from '../../shared/model/convert.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import {
  type Answer,
  type AnswerBody,
  Api,
  type Issuer,
  startIssuer,
  SUBSCRIPTION,
  TEMPLATES,
} from '../support/api.ts';
import { requestsMade } from '../support/requests-made.ts';

const WEB = `${TEMPLATES}/web`;
const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
/** Ids that sort in another order than the times. */
const idOf = (index: number) =>
  runId(`${String((index * 7) % 1000).padStart(8, '0')}-0000-4000-8000-000000000000`);

const runOf = (index: number): Run => ({
  ...{ schema: 1, id: idOf(index), ref, revision: 1, reason: 'request', outputs: [], message: '' },
  ...{ state: 'Succeeded', startTime: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString() },
});

describe('lists', () => {
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
    await api.submitted();
  });

  const next = ({ nextLink = '' }: AnswerBody): string => {
    const url = new URL(nextLink);
    return `${url.pathname}${url.search}`;
  };
  const reads = (made: readonly string[]): number =>
    made.filter((one) => /^GET .*\/run\.json/.test(one)).length;

  test('runs come a hundred at a time, newest first, and a page reads no other run', async () => {
    for (const index of times(250, (i) => i)) await api.store.runs.create(runOf(index));
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let path: string | undefined = `${WEB}/runs`; path !== undefined;) {
      const asked: string = path;
      let answer: Answer | undefined;
      const made = await requestsMade(async () => void (answer = await api.send('GET', asked)));
      assert.ok(answer !== undefined);
      const { body } = answer;
      assert.equal(reads(made), body.value.length);
      assert.ok(
        made.length <= body.value.length + 6,
        made.filter((one) => !/run\.json/.test(one)).join('\n'),
      );
      sizes.push(body.value.length);
      ids.push(...body.value.map(({ id }) => id));
      path = body.nextLink === undefined ? undefined : next(body);
    }
    assert.deepEqual(sizes, [100, 100, 50]);
    assert.deepEqual(
      ids,
      times(250, (index) => idOf(249 - index)),
    );
    const { body } = await api.send('GET', `${WEB}/runs?$top=3`);
    assert.deepEqual(
      body.value.map(({ id }) => id),
      [249, 248, 247].map(idOf),
    );
  });

  test('a run that starts while somebody pages is on no page twice, and moves none', async () => {
    for (const index of times(4, (i) => i)) await api.store.runs.create(runOf(index));
    const first = await api.send('GET', `${WEB}/runs?$top=2`);
    await api.store.runs.create(runOf(4));
    const second = await api.send('GET', next(first.body));
    const shown = [...first.body.value, ...second.body.value].map(({ id }) => id);
    assert.deepEqual(shown, [3, 2, 1, 0].map(idOf));
  });

  test('runs that were stored without a place get one, once', async () => {
    for (const index of [2, 0, 1]) await api.store.runs.create(runOf(index));
    const container = api.container;
    const folder = `templates/${SUBSCRIPTION}/images/web/run-order/`;
    for await (const { name } of container.listBlobsFlat({ prefix: folder }))
      await container.deleteBlob(name);
    for (const expected of [4, 1]) {
      const made = await requestsMade(async () => {
        const { body } = await api.send('GET', `${WEB}/runs?$top=1`);
        assert.equal(body.value[0]?.id, idOf(2));
      });
      assert.equal(reads(made), expected);
    }
  });

  test('a $skipToken of another list is refused', async () => {
    for (const text of ['templates/x/', '../', '9'.repeat(13)]) {
      const token = Buffer.from(text).toString('base64url');
      const { status, body } = await api.send('GET', `${WEB}/runs?$skipToken=${token}`);
      assert.deepEqual([status, body.error.code], [400, 'InvalidValue']);
    }
  });

  test('a list of 200 templates reads each of them once, and two listings', async () => {
    for (const index of times(199, (i) => i)) {
      const head = (await api.store.templates.get(ref))?.value;
      assert.ok(head !== undefined);
      await api.store.templates.put({ ...head, ref: { ...ref, name: `t${index}` } }, 'absent');
    }
    const made = await requestsMade(async () => {
      const { body } = await api.send('GET', TEMPLATES.replace(/resourceGroups\/images\//, ''));
      assert.equal(body.value.length, 200);
    });
    assert.ok(made.length <= 203, String(made.length));
  });
});

test('the command shows the runs of all pages', async () => {
  const server = createServer(({ url = '' }, response) => {
    const isFirst = !url.includes('skipToken');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const value = [runOf(isFirst ? 1 : 0)];
    response.end(JSON.stringify({ value, ...(isFirst && { nextLink: `${base}${url}&$skipToken=x` }) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new ApiClient(`http://127.0.0.1:${port}`, () => Promise.resolve('t'));
  const runs = await listRuns(client, ref);
  server.close();
  assert.deepEqual(
    runs.map(({ id }) => id),
    [1, 0].map(idOf),
  );
});
