// Every operation that the API registers, not those that somebody thought of: who may not see an object gets nothing of it by any of
// them, and each one that changes something says who did it. A route that is added later is in here by itself.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ROUTES } from '../../functions/http/routes.ts';
import type { Route } from '../../functions/http/exchange.ts';
import { createDeadLetters } from '../../shared/messaging/dead-letters.ts';
import { runId } from '../../shared/model/convert.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import type { AuditEntry } from '../../shared/model/documents/audit-entry.ts';
import { timestamp } from '../../shared/model/time.ts';
import { keyOfMessage } from '../../shared/requests/read-message.ts';
import { anInventory } from '../shared/inventory/some-inventory.ts';
import { type Answer, Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { startBus } from '../support/bus.ts';
import { A, B, gallery, SUBSCRIPTION, templates, tokenOf, twoTeams } from './support.ts';

const RUN = runId('bbbbbbbb-0000-4000-8000-000000000001');
const REQUEST = runId('bbbbbbbb-0000-4000-8000-000000000002');
const OPERATION = 'BBBBBBBB-0000-4000-8000-000000000003';
const AT = timestamp(new Date('2026-11-29T20:00:00Z'));
const BYTES = 'an artifact';
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
/** What is team B's: this word is in what is stored and in no path; a refusal repeats the ids that it was asked for. */
const SECRET = /secret-of-b/i;
const OF_B = /team-b|bbbbbbbb|secret-of-b/i;

const NAMES: Readonly<Record<string, string>> = {
  subscriptionId: SUBSCRIPTION,
  resourceGroup: 'team-b',
  name: 'web',
  runId: RUN,
  requestId: REQUEST,
  operationId: OPERATION,
  location: 'westeurope',
  output: 'disk',
  trigger: 'new',
  revision: '1',
  log: 'build.out',
  sha256: SHA256,
  number: '1',
};

/** Queries without which there would be nothing to answer. */
const QUERIES: Readonly<Record<string, string>> = {
  'find-packages': '?name=openssl',
  'find-packages-in-subscription': '?name=openssl',
  'get-diff': `?against=${RUN}`,
  'check-access': `?who=${B}&action=read&id=${encodeURIComponent(`${templates('team-b')}/web`)}`,
};

const pathOf = ({ name, path }: Route, names: object = {}): string => {
  const all: Record<string, string> = { ...NAMES, ...names };
  return `/${path.replaceAll(/\{(\w+)\}/g, (_, key: string) => all[key] ?? assert.fail(`${path}: what is {${key}}?`))}${QUERIES[name] ?? ''}`;
};
const isRead = ({ method }: Route): boolean => method === 'GET' || method === 'HEAD';
const refOf = (name: string) => ({ subscriptionId: SUBSCRIPTION, resourceGroup: 'team-b', name });

const LATER = new Date(Date.now() + 3_600_000).toISOString();
const built = (name: string, more: Partial<Run> = {}): Run => ({
  ...{ schema: 1, id: RUN, ref: refOf(name), revision: 1, reason: 'secret-of-b', message: '', startTime: AT },
  state: 'Succeeded',
  endTime: AT,
  outputs: [],
  ...more,
});

/** What each operation that changes something is sent, what was there before, and what the audit has to say. */
type Write = { readonly action: AuditEntry['action']; readonly body?: unknown; readonly run?: Partial<Run> };
const KEPT: Partial<Run> = { state: 'Failed', cleanup: 'kept', keptUntil: LATER, retryUntil: LATER };
const TARGETS = { distribute: [{ type: 'VHD', runOutputName: 'second' }] };
const WRITES: Readonly<Record<string, Write>> = {
  'put-template': { action: 'template.write', body: sampleBody({ buildTimeoutInMinutes: 99 }) },
  'patch-template': { action: 'template.write', body: { tags: { changed: 'yes' } } },
  'delete-template': { action: 'template.delete' },
  'run-template': { action: 'run.start' },
  'cancel-run': { action: 'run.cancel', run: { state: 'Running' } },
  'retry-run': { action: 'run.retry', run: { ...KEPT, state: 'PartiallySucceeded' } },
  'distribute-run': { action: 'run.distribute', body: TARGETS, run: { retryUntil: LATER } },
  'keep-run': { action: 'run.keep', body: { lease: '24h' }, run: KEPT },
  'release-run': { action: 'run.release', run: KEPT },
  'approve-ring': {
    action: 'run.approve',
    body: { output: 'gallery', ring: 1, approved: true },
    run: { state: 'Running' },
  },
  'download-run-output': { action: 'output.download', run: {} },
  'put-trigger': { action: 'trigger.write', body: { properties: { kind: 'SourceImage' } } },
  'delete-trigger': { action: 'trigger.delete' },
  'put-artifact': { action: 'artifact.write', body: BYTES },
  'delete-artifact': { action: 'artifact.delete' },
  'put-drain': { action: 'drain.start', body: { reason: 'upgrade' } },
  'delete-drain': { action: 'drain.end' },
  'resubmit-dead-letter': { action: 'request.resubmit' },
  'discard-dead-letter': { action: 'request.discard' },
};

/** Lists of what is the caller's, and what is everybody's. */
const OPEN_TO_ALL: readonly string[] = [
  'audit',
  'audit-of-subscription',
  'find-packages',
  'find-packages-in-subscription',
  'get-doctor',
  'get-drain',
  'get-open-api',
  'get-overview',
  'get-subscription',
  'list-dead-letters',
  'list-locations',
  'list-provider-operations',
  'list-resource-groups',
  'list-subscriptions',
  'list-templates-of-subscription',
  'put-artifact',
];
describe('every operation of the API', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  let bus: Awaited<ReturnType<typeof startBus>>;
  before(async () => {
    [azurite, issuer, bus] = await Promise.all([startAzurite(), startIssuer(), startBus()]);
    const deadLetters = createDeadLetters({ bus: () => bus.client, name: 'build-requests' }, keyOfMessage);
    const both = twoTeams();
    // B is the platform team as well: what concerns the whole service is given for everything.
    const platform = { name: 'platform', principals: [B], actions: ['admin'] as const, scopes: ['/'] };
    api = await Api.start(issuer, azurite, {
      policy: { ...both, rules: [...both.rules, platform] },
      deadLetters,
    });
    await Promise.all([setUp('web'), bury(2)]);
    await as(A, 'PUT', `${templates('team-a')}/own`, sampleBody());
  });
  after(async () => {
    issuer.stop();
    await Promise.all([azurite.stop(), bus.stop()]);
  });

  const as = async (oid: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    api.send(method, path, { token: await tokenOf(issuer, oid), body });
  const bury = (count: number): Promise<void> =>
    bus.bury(
      Array.from({ length: count }, (_, index) => ({
        body: { templateId: `${templates('team-b')}/web`, reason: 'secret-of-b' },
        messageId: `secret-of-b-${index}`,
      })),
      Array.from({ length: count }, () => 'Forbidden'),
    );

  /** A template of team B with everything that a path can name. */
  async function setUp(name: string, more: Partial<Run> = {}): Promise<void> {
    const ref = refOf(name);
    assert.equal((await as(B, 'PUT', `${templates('team-b')}/${name}`, sampleBody())).status, 201);
    const artifactUri = `${api.container.url.replace(/\/[^/]+$/, '')}/vhds/${SUBSCRIPTION}/team-b/${name}/disk.vhd`;
    const outputs = [{ name: 'disk', type: 'VHD', state: 'Succeeded', artifactUri }] as const;
    const run = built(name, { outputs, ...more });
    await api.store.runs.create(run);
    const { id, state, startTime, message } = run;
    // A run without an instance would be begun again by whoever looks at it.
    api.engine.started.clear();
    await api.engine.start(id, { name: 'build-image', input: {} } as never);
    await api.store.templates.update(ref, ({ operationId: _none, ...head }) => ({
      ...head,
      provisioningState: 'Succeeded',
      lastRun: { id, state, startTime, message },
      ...(state === 'Running' && { activeRun: id }),
    }));
    await api.store.ledger.open({
      schema: 1,
      ref,
      runId: RUN,
      stagingGroup: 'IT_x',
      ownsGroup: true,
      expires: LATER,
    });
    if (!name.endsWith('-put-trigger'))
      await api.store.triggers.put({ schema: 1, ref, name: 'new', kind: 'SourceImage', status: {} } as never);
    const target = { ...gallery('team-b'), rings: [{ approval: true }, {}] };
    await api.store.distributions.put(ref, RUN, { schema: 1, plan: { targets: [target] } } as never);
    if (name === 'web') await fill();
  }

  async function fill(): Promise<void> {
    const { store } = api;
    const ref = refOf('web');
    await store.inventories.put(ref, RUN, {
      ...{ schema: 1, takenAt: AT, inventory: anInventory, source: anInventory },
    });
    const image = { ref, runId: RUN, at: AT, versions: ['1.0.0'], os: 'debian 12' };
    await store.packageIndex.note({ schema: 1, image, packages: [['deb', 'openssl', '3.0.15']] });
    const proof = { name: 'secret-of-b', result: 'passed', expected: '', found: '' } as const;
    await store.proofs.put(ref, RUN, 'checks', { schema: 1, at: AT, proofs: [proof] });
    await store.provenance.put(ref, RUN, { schema: 1, outputs: [] });
    await store.logs.append(ref, RUN, 'build.out', Buffer.from('secret-of-b'));
    const line = { id: 'x', at: AT, phase: 'customize', event: 'note', message: 'secret-of-b' } as const;
    await store.timeline.append(ref, RUN, [line]);
    const request = { schema: 1, id: REQUEST, key: 'k', ref, reason: 'secret-of-b', priority: 0 } as const;
    await store.buildRequests.create({ ...request, whenBusy: 'queue', acceptedAt: AT, state: 'waiting' });
    const operation = { schema: 1, id: OPERATION, status: 'Succeeded', startTime: AT, endTime: AT } as const;
    await store.operations.put({ ...operation, templateId: `${templates('team-b')}/web` });
    assert.equal(
      (await as(B, 'PUT', pathOf(ROUTES.find(({ name }) => name === 'put-artifact') as Route), BYTES)).status,
      201,
    );
  }

  const lines = (): string[] => api.lines.filter((line) => line.startsWith('audit {'));

  test('gives nothing of another team to a restricted caller, by reading or by changing', async () => {
    const [told, before] = [lines().length, await headOf('web')];
    const open: string[] = [];
    for (const route of ROUTES) {
      const { status, body } = await as(A, route.method, pathOf(route), WRITES[route.name]?.body);
      assert.doesNotMatch(JSON.stringify(body ?? ''), status < 400 ? OF_B : SECRET, route.name);
      const isObject = /\{(?:resourceGroup|operationId|number)\}/.test(route.path);
      if (isObject) assert.ok(status === 403 || status === 404, `${route.name}: ${status}`);
      else if (status < 400) open.push(route.name);
    }
    // None of them names an object: lists of what is the caller's, and what is the same for everybody.
    assert.deepEqual(open.toSorted(), OPEN_TO_ALL);
    const more = lines()
      .slice(told)
      .map((line) => entryOf(line).action);
    assert.deepEqual(
      more,
      ['artifact.write'],
      'which belongs to the subscription, and its content to nobody',
    );
    assert.deepEqual(await headOf('web'), before);
  });

  test('gives the same to whose it is, so that what was refused is there', async () => {
    for (const route of ROUTES.filter(isRead)) {
      const { status, body } = await as(B, route.method, pathOf(route));
      assert.ok(status < 300, `${route.name}: ${status} ${JSON.stringify(body)}`);
    }
  });

  test('that changes something leaves one line of who did it, and there is none without a row here', async () => {
    const writes = ROUTES.filter((route) => !isRead(route));
    assert.deepEqual(writes.map(({ name }) => name).toSorted(), Object.keys(WRITES).toSorted());
    for (const route of writes) {
      const { action, body, run } = WRITES[route.name] ?? assert.fail(route.name);
      const name = `of-${route.name}`;
      if (route.path.includes('{name}')) await setUp(name, run);
      const number = route.path.includes('{number}') ? await firstLetter() : '';
      const told = lines().length;
      const answer = await as(B, route.method, pathOf(route, { name, number }), body);
      assert.ok(answer.status < 300, `${route.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
      const more = lines().slice(told).map(entryOf);
      assert.deepEqual(
        more.map((entry) => [entry.action, entry.by.id]),
        [[action, B]],
        route.name,
      );
      const hours = await api.store.audit.hours(more[0]?.at ?? '', LATER);
      const kept = await Promise.all(hours.map((hour) => api.store.audit.read(hour)));
      assert.ok(
        kept.flat().some(({ id }) => id === more[0]?.id),
        `${route.name}: in the log alone`,
      );
    }
  });

  test('that could not be written down is written down when it is asked for again', async () => {
    const open: string[] = [];
    const { audit } = api.store;
    const append = audit.append;
    for (const route of ROUTES.filter((one) => !isRead(one) && !one.path.includes('{number}'))) {
      const { action, body, run } = WRITES[route.name] ?? assert.fail(route.name);
      const name = `again-${route.name}`;
      if (route.path.includes('{name}')) await setUp(name, run);
      Object.assign(audit, { append: () => Promise.reject(new Error('the storage is away')) });
      const first = await as(B, route.method, pathOf(route, { name }), body);
      Object.assign(audit, { append });
      assert.equal(first.status, 500, route.name);
      const told = lines().length;
      await as(B, route.method, pathOf(route, { name }), body);
      // What the head of a template says already, its next reader carries out, when whoever began it had time to.
      api.later = 600_000;
      await as(B, 'GET', `${templates('team-b')}/${name}`);
      api.later = 0;
      const more = lines()
        .slice(told)
        .map((line) => entryOf(line).action);
      open.push(...(more.includes(action) ? [] : [route.name]));
    }
    assert.deepEqual(open, []);
  });

  const headOf = async (name: string) => (await api.store.templates.get(refOf(name)))?.value;
  const entryOf = (line: string): AuditEntry => JSON.parse(line.slice('audit '.length)) as AuditEntry;
  async function firstLetter(): Promise<string> {
    const { body } = await as(B, 'GET', '/providers/Microsoft.VirtualMachineImages/deadLetters');
    return (body.value as unknown as { number: string }[])[0]?.number ?? assert.fail('no dead letter');
  }
});
