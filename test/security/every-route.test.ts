// Every operation that the API registers, not those that somebody thought of: who may not see an object gets nothing of it by any of
// them, and each one that changes something says who did it. A route that is added later is in here by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ROUTES } from '../../functions/http/routes.ts';
import { createDeadLetters } from '../../shared/messaging/dead-letters.ts';
import type { AuditEntry } from '../../shared/model/documents/audit-entry.ts';
import type { Run } from '../../shared/model/documents/documents.ts';
import { keyOfMessage } from '../../shared/requests/read-message.ts';
import { type Answer, Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { startBus } from '../support/bus.ts';
import { A, B, templates, tokenOf, twoTeams } from './support.ts';
import {
  BYTES,
  isRead,
  LATER,
  OF_B,
  OPEN_TO_ALL,
  pathOf,
  refOf,
  SECRET,
  setUp as fillTemplate,
  STRANGER,
  WRITES,
} from './whole-template.ts';

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
    await bury(2);
    await setUp('web');
    const artifact = ROUTES.find(({ name }) => name === 'put-artifact') ?? assert.fail();
    assert.equal((await as(B, 'PUT', pathOf(artifact), BYTES)).status, 201);
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

  const setUp = (name: string, run?: Partial<Run>): Promise<void> =>
    fillTemplate(api, (path, body) => as(B, 'PUT', path, body), name, run);
  const lines = (): string[] => api.lines.filter((line) => line.startsWith('audit {'));

  /** Asks everything as somebody; answers with what was open to it. */
  async function opened(oid: string, secret: RegExp): Promise<string[]> {
    const open: string[] = [];
    for (const route of ROUTES) {
      const { status, body } = await as(oid, route.method, pathOf(route), WRITES[route.name]?.body);
      assert.doesNotMatch(JSON.stringify(body ?? ''), status < 400 ? secret : SECRET, route.name);
      const isObject = /\{(?:resourceGroup|operationId|number)\}/.test(route.path);
      if (isObject) assert.ok(status === 403 || status === 404, `${route.name}: ${status}`);
      else if (status < 400) open.push(route.name);
    }
    return open.toSorted();
  }

  test('gives nothing of another team to a restricted caller, by reading or by changing', async () => {
    const [told, before] = [lines().length, await headOf('web')];
    // None of them names an object: lists of what is the caller's, and what is the same for everybody.
    assert.deepEqual(await opened(A, OF_B), OPEN_TO_ALL);
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

  test('gives nothing that is in a subscription to a caller whom no rule names', async () => {
    const told = lines().length;
    const inSubscription = ROUTES.filter(({ path }) => path.includes('{subscriptionId}')).map(
      ({ name }) => name,
    );
    assert.deepEqual(
      await opened(STRANGER, /team-a|team-b|bbbbbbbb|secret-of-b/i),
      OPEN_TO_ALL.filter((name) => !inSubscription.includes(name)),
    );
    assert.deepEqual(lines().slice(told), []);
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
    const working = { ...audit };
    for (const route of ROUTES.filter((one) => !isRead(one) && !one.path.includes('{number}'))) {
      const { action, body, run } = WRITES[route.name] ?? assert.fail(route.name);
      const name = `again-${route.name}`;
      if (route.path.includes('{name}')) await setUp(name, run);
      Object.assign(audit, { append: () => Promise.reject(new Error('the storage is away')) });
      const first = await as(B, route.method, pathOf(route, { name }), body);
      Object.assign(audit, working);
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
