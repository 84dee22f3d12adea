// Answers that hold all that one page shows: who sees what, what is asked of storage, and what unchanged answers cost.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runId } from '../../../shared/model/convert.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { Api, type Issuer, sampleBody, startIssuer, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';
import { requestsMade } from '../../support/requests-made.ts';

const PROVIDER = '/providers/Microsoft.VirtualMachineImages';
const OVERVIEW = `${PROVIDER}/overview`;
const WEB = `${TEMPLATES}/web`;
const RUN = runId('00000000-0000-4000-8000-000000000001');
const ref = (name: string, resourceGroup = 'images') => ({
  subscriptionId: SUBSCRIPTION,
  resourceGroup,
  name,
});
const TEAM_B = WEB.replace('/images/', '/team-b/');

const run = (more: Partial<Run> = {}): Run => ({
  ...{ schema: 1, id: RUN, ref: ref('web'), revision: 1, reason: 'request', outputs: [], message: '' },
  ...{ state: 'Running', startTime: '2026-01-01T00:00:00.000Z' },
  ...more,
});

describe('views', () => {
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

  const get = (path: string, options = {}) => api.send('GET', path, options);
  const shown = async (path: string, options = {}): Promise<any> => (await get(path, options)).body;

  async function running(): Promise<void> {
    await api.store.runs.create(run());
    await api.store.templates.update(ref('web'), (head) => ({ ...head, activeRun: RUN }));
    await api.store.timeline.append(ref('web'), RUN, [
      { id: 'a', at: '2026-01-01T00:00:01.000Z', phase: 'distribute', event: 'started' },
      {
        id: 'b',
        at: '2026-01-01T00:00:09.000Z',
        phase: 'distribute',
        step: 'gallery › ring 1',
        event: 'note',
        message: 'Waits until 2026-01-05T00:00:09.000Z for an approval.',
      },
    ]);
    // The look that everybody shares lasts a moment.
    api.later += 5000;
  }

  test('the overview shows what runs, with its bars and the ring that waits for somebody', async () => {
    await running();
    const { status, headers, body } = await get(OVERVIEW);
    assert.equal(status, 200);
    assert.equal(headers['retry-after'], '2');
    const [template] = (body as any).templates;
    assert.equal(template.run.id, RUN);
    assert.deepEqual(template.gates, [{ output: 'gallery', ring: 1, since: '2026-01-01T00:00:09.000Z' }]);
    assert.deepEqual(
      template.spans.map(({ phase, state }: any) => `${phase} ${state}`),
      ['distribute running', 'distribute waiting'],
    );
  });

  test('what has not changed is 304 without a body, and while nothing goes on the next look is late', async () => {
    for (const path of [OVERVIEW, `${PROVIDER}/doctor`, `${WEB}/view`]) {
      const first = await get(path);
      assert.equal(first.status, 200, path);
      assert.equal(first.headers['retry-after'], '15', path);
      const again = await get(path, { headers: { 'if-none-match': first.headers['etag'] ?? '' } });
      assert.deepEqual([again.status, again.body], [304, undefined], path);
    }
    await api.store.templates.update(ref('web'), (head) => ({ ...head, revision: 2 }));
    api.later += 5000;
    const before = await get(OVERVIEW);
    assert.equal((before.body as any).templates[0].revision, 2);
  });

  test('fifty people who watch one view cost storage what one costs', async () => {
    await running();
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => issuer.sign({ roles: ['Reader'], oid: `person ${index}` })),
    );
    api.stoppedAt = Date.now();
    for (const path of [OVERVIEW, `${WEB}/view`, `${WEB}/runs/${RUN}/view`]) {
      api.later += 5000;
      const one = await requestsMade(async () => void (await get(path, { role: 'Admin' })));
      api.later += 5000;
      const many = await requestsMade(async () => {
        const answers = await Promise.all(tokens.map((token) => get(path, { token })));
        assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], path);
      });
      assert.ok(one.length > 0, path);
      // What is usual and bars of runs that are over are known by now.
      assert.ok(many.length <= one.length, `${path}: ${many.length} instead of ${one.length}`);
      const again = await requestsMade(
        async () => void (await Promise.all(tokens.map((token) => get(path, { token })))),
      );
      assert.deepEqual(again, [], path);
    }
  });

  test('what others change is seen at the next look, what a request changes at once', async () => {
    api.stoppedAt = Date.now();
    const revisions = async () => [
      (await shown(OVERVIEW)).templates[0].revision,
      (await shown(`${WEB}/view`)).revision,
    ];
    assert.deepEqual(await revisions(), [1, 1]);
    await api.store.templates.update(ref('web'), (head) => ({ ...head, revision: 2 }));
    assert.deepEqual(await revisions(), [1, 1]);
    api.later += 1500;
    assert.deepEqual(await revisions(), [2, 2]);
    await api.submitted('web', sampleBody({ customize: [{ type: 'Shell', name: 'a', inline: ['a'] }] }));
    assert.deepEqual(await revisions(), [3, 3]);
  });

  test('an answer is shared by those who may do the same, and its ETag opens it to nobody else', async () => {
    api.policy = {
      mode: 'deny',
      rules: ['images', 'team-b'].map((group) => ({
        name: group,
        principals: [`${group}-1`, `${group}-2`],
        actions: ['read'],
        scopes: [`/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}`],
      })),
    };
    api.stoppedAt = Date.now();
    const as = async (oid: string, role = 'Reader', etag = '') =>
      get(OVERVIEW, { token: await issuer.sign({ roles: [role], oid }), headers: { 'if-none-match': etag } });
    const seen = async (...who: Parameters<typeof as>) => {
      const { body, headers } = await as(...who);
      const { templates, caller } = body as any;
      return { names: templates.map(({ name, may }: any) => [name, ...may]), caller, etag: headers['etag'] };
    };
    const first = await seen('images-1');
    assert.deepEqual(first.names, [['web', 'read']]);
    assert.deepEqual((await seen('images-2')).names, [['web', 'read']]);
    assert.equal((await seen('images-2')).caller.id, 'images-2');
    assert.deepEqual((await seen('team-b-1')).names, []);
    assert.deepEqual((await seen('stranger')).names, []);
    assert.equal((await as('images-1', 'Reader', first.etag)).status, 304);
    assert.equal((await as('team-b-1', 'Reader', first.etag)).status, 200);
    assert.equal((await as('images-1', 'Builder', first.etag)).status, 200, 'another role');
    api.policy = { mode: 'deny', rules: [] };
    assert.equal((await as('images-1', 'Reader', first.etag)).status, 200, 'another policy');
    assert.deepEqual((await seen('images-1')).names, []);
  });

  test('revisions are listed and read one by one, with who made them, and none that never was', async () => {
    const changed = sampleBody({ customize: [{ type: 'Shell', name: 'bye', inline: ['echo bye'] }] });
    await api.submitted('web', changed);
    const list = await shown(`${WEB}/revisions`, { role: 'Reader' });
    assert.deepEqual(
      list.value.map(({ number, createdBy }: any) => [number, createdBy.via]),
      [
        [2, 'http'],
        [1, 'http'],
      ],
    );
    const names = [];
    for (const { number } of list.value) {
      const { template } = await shown(`${WEB}/revisions/${number}`);
      assert.equal(template.ref, undefined);
      names.push(template.properties.customize[0].name);
    }
    assert.deepEqual(names, ['bye', 'hello']);
    for (const none of ['3', '0', 'x', '1e3'])
      assert.equal((await get(`${WEB}/revisions/${none}`)).status, 404, none);
  });

  test('a template shows what it is made from and what is made of it, and what has fallen behind', async () => {
    const gallery = (name: string) =>
      `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/g/images/${name}`;
    const makes = (name: string) => ({
      ...{ type: 'SharedImage', runOutputName: name, galleryImageId: gallery(name) },
      targetRegions: [{ name: 'westeurope' }],
    });
    const from = (name: string) => ({
      ...{ type: 'SharedImageVersion', imageVersionId: `${gallery(name)}/versions/latest` },
    });
    await api.submitted('base', sampleBody({ distribute: [makes('base')] }));
    await api.submitted('middle', sampleBody({ source: from('base'), distribute: [makes('middle')] }));
    await api.submitted('top', sampleBody({ source: from('middle') }));
    for (const [name, at] of [
      ['base', '2026-02-01'],
      ['middle', '2026-01-01'],
    ] as const)
      await api.store.templates.update(ref(name), (head) => ({
        ...head,
        built: { runId: RUN, at, fingerprint: { revision: 1, source: 'x', scripts: {} } as any },
      }));
    api.later += 5000;
    const { family } = await shown(`${TEMPLATES}/middle/view`);
    const told = family.map(({ name, parents, isBehind }: any) => [name, parents.length, isBehind]);
    assert.deepEqual(told.toSorted(), [
      ['base', 0, false],
      ['middle', 1, true],
      ['top', 1, false],
    ]);
    assert.equal((await shown(`${WEB}/view`)).family.length, 1, 'alone');
  });

  test('a reader sees templates that the policy gives it, and of others not that they are there', async () => {
    assert.equal((await api.send('PUT', TEAM_B, { body: sampleBody() })).status, 201);
    api.later += 5000;
    api.policy = {
      mode: 'deny',
      rules: [
        {
          name: 'team a',
          principals: ['member-of-a'],
          actions: ['read', 'run'],
          scopes: [`/subscriptions/${SUBSCRIPTION}/resourceGroups/images`],
        },
      ],
    };
    const { templates, caller } = await shown(OVERVIEW, {
      token: await issuer.sign({ roles: ['Builder'], oid: 'member-of-a' }),
    });
    assert.deepEqual(
      templates.map(({ resourceGroup, may }: any) => [resourceGroup, may]),
      [['images', ['read', 'run']]],
    );
    assert.equal(caller.role, 'Builder');
    assert.deepEqual((await shown(OVERVIEW, { role: 'Reader' })).templates, []);
    for (const path of [`${TEAM_B}/view`, `${TEAM_B}/runs/${RUN}/view`])
      assert.equal(
        (await get(path, { token: await issuer.sign({ roles: ['Builder'], oid: 'member-of-a' }) })).status,
        403,
        path,
      );
  });

  test('nobody without a token of the tenant sees anything, and a Reader is offered nothing but to read', async () => {
    for (const path of [OVERVIEW, `${PROVIDER}/doctor`, `${WEB}/view`, `${WEB}/runs/${RUN}/view`]) {
      assert.equal((await get(path, { token: null })).status, 401, path);
      assert.equal(
        (await get(path, { token: await issuer.sign({ roles: ['Reader'], tid: 'other' }) })).status,
        401,
      );
      assert.equal(
        (await get(path, { token: await issuer.sign({ roles: ['Reader'], exp: 1 }) })).status,
        401,
      );
      assert.equal((await get(path, { apiVersion: '2025-10-01' })).status, 400, path);
    }
    assert.deepEqual((await shown(`${WEB}/view`, { role: 'Reader' })).may, ['read']);
    assert.deepEqual((await shown(`${WEB}/view`, { role: 'Admin' })).may, [
      'read',
      'run',
      'write',
      'approve',
      'admin',
    ]);
  });

  test('bars of runs that are over are read once, however often somebody looks', async () => {
    const ended = run({ state: 'Succeeded', endTime: '2026-01-01T00:10:00.000Z', cleanup: 'done' });
    await api.store.runs.create(ended);
    const timelines = (made: readonly string[]) =>
      made.filter((one) => one.includes('timeline.jsonl')).length;
    const look = () => requestsMade(async () => assert.equal((await get(`${WEB}/view`)).status, 200));
    assert.equal(timelines(await look()), 1);
    assert.equal(timelines(await look()), 0);
  });

  test('a run says what its phases take usually: the middle of those that went well', async () => {
    for (const [index, seconds] of [10, 20, 90].entries()) {
      const id = runId(`00000000-0000-4000-8000-00000000010${index}`);
      const at = (second: number) => new Date(Date.UTC(2026, 0, 1, index, 0, second)).toISOString();
      await api.store.runs.create(
        run({ id, state: 'Succeeded', startTime: at(0), endTime: at(95), cleanup: 'done' }),
      );
      await api.store.timeline.append(ref('web'), id, [
        { id: 'a', at: at(0), phase: 'stage', event: 'started' },
        { id: 'b', at: at(seconds), phase: 'stage', event: 'succeeded' },
      ]);
    }
    await api.store.runs.create(run({ startTime: '2026-02-01T00:00:00.000Z' }));
    const { usual } = await shown(`${WEB}/runs/${RUN}/view`);
    assert.deepEqual(usual, { stage: 20 });
  });
});
