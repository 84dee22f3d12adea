import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { parseSettings } from '../../functions/settings.ts';
import { type AccessPolicy, decide, may, mayWithin } from '../../shared/access/policy.ts';
import { QUEUE, REFRESH_TIMER, triggerPrincipal, UNKNOWN } from '../../shared/model/principal.ts';
import { readPolicy } from '../../shared/access/read-policy.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { type Answer, Api, type Issuer, sampleBody, startIssuer } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { A, B, group, SUBSCRIPTION, templates, tokenOf, twoTeams } from './support.ts';

const GROUP_OF_A = 'cccccccc-0000-4000-8000-00000000000c';
const APP = 'dddddddd-0000-4000-8000-00000000000d';
const OTHER = '99999999-9999-4999-8999-999999999999';
const user = (id: string, memberOf: string[] = []) => ({ kind: 'user', id, memberOf }) as const;
const policy = (
  mode: AccessPolicy['mode'],
  ...rules: Omit<AccessPolicy['rules'][number], 'name'>[]
): AccessPolicy => ({
  mode,
  rules: rules.map((rule, index) => ({ name: `rule ${index}`, ...rule })),
});

test('principals that no rule names may do everything, or nothing: as the mode says', () => {
  for (const principal of [
    user(A),
    QUEUE,
    REFRESH_TIMER,
    UNKNOWN,
    triggerPrincipal(`${templates('a')}/t/triggers/x`),
  ]) {
    assert.equal(may(policy('open'), principal, 'admin', group('a')), true);
    assert.equal(may(policy('deny'), principal, 'read', group('a')), false);
  }
});

test('object id, client id, groups and roles count alike, and all rules that match add up', () => {
  const rules = policy(
    'deny',
    { principals: [A], actions: ['read'], scopes: [group('one')] },
    { principals: [APP], actions: ['read'], scopes: [group('two')] },
    { principals: [GROUP_OF_A], actions: ['read'], scopes: [group('three')] },
    { principals: ['role:images.three'], actions: ['write'], scopes: [group('three')] },
  );
  const caller = { ...user(A, [GROUP_OF_A.toUpperCase(), 'role:Images.Three']), appId: APP };
  for (const name of ['one', 'two', 'three'])
    assert.equal(may(rules, caller, 'read', group(name)), true, name);
  assert.equal(may(rules, caller, 'write', group('three')), true);
  assert.equal(may(rules, caller, 'write', group('one')), false);
  assert.equal(may(rules, user(A), 'read', group('two')), false);
});

test('a scope covers itself and what is below, without case, by whole segments, in its own subscription', () => {
  const rules = policy('deny', { principals: [A], actions: ['read'], scopes: [group('Team-A')] });
  const allowed = (id: string) => may(rules, user(A), 'read', id);
  assert.equal(allowed(group('team-a').toUpperCase()), true);
  assert.equal(allowed(`${templates('TEAM-A')}/web`), true);
  for (const id of [group('team-ab'), group('team'), `/subscriptions/${SUBSCRIPTION}`])
    assert.equal(allowed(id), false, id);
  assert.equal(allowed(group('team-a').replace(SUBSCRIPTION, OTHER)), false, 'the same name elsewhere');
  assert.equal(mayWithin(rules, user(A), 'read', `/subscriptions/${SUBSCRIPTION}`), true);
  assert.equal(mayWithin(rules, user(A), 'read', `/subscriptions/${OTHER}`), false);
});

test('URLs are scopes as well: a vault, a container, a folder in it, and none that an escape leads out of', () => {
  const scopes = ['https://A.vault.azure.net', 'https://x.blob.core.windows.net/c/team-a/'];
  const rules = policy('deny', { principals: [A], actions: ['write'], scopes });
  const allowed = (id: string) => may(rules, user(A), 'write', id);
  assert.equal(allowed('https://a.vault.azure.net/secrets/x'), true);
  assert.equal(allowed('https://x.blob.core.windows.net/c/team-a/web.vhd'), true);
  for (const id of [
    'https://a.vault.azure.net.evil.example/secrets/x',
    'https://ab.vault.azure.net/secrets/x',
    'https://x.blob.core.windows.net/c/team-ab/web.vhd',
    'https://x.blob.core.windows.net/c/Team-A/web.vhd',
    'https://x.blob.core.windows.net/c/team-a/..%2fteam-b/web.vhd',
    'https://x.blob.core.windows.net/c/team-a/../team-b/web.vhd',
  ])
    assert.equal(allowed(id), false, id);
});

test('a rule may mean one trigger, or all below a group', () => {
  const trigger = `${templates('team-a')}/web/triggers/new`;
  for (const id of [trigger, group('team-a')]) {
    const rules = policy('deny', {
      principals: [`trigger:${id.toLowerCase()}`],
      actions: ['run'],
      scopes: [group('team-a')],
    });
    assert.equal(may(rules, triggerPrincipal(trigger), 'run', `${templates('team-a')}/web`), true);
    assert.equal(
      may(rules, triggerPrincipal(trigger.replace('team-a', 'team-b')), 'run', group('team-a')),
      false,
    );
  }
});

test('more rules never take anything away from one who is named, and "deny" gives nothing that no rule gives', () => {
  const anyRule = fc.record({
    principals: fc.subarray([A, B, GROUP_OF_A], { minLength: 1 }),
    actions: fc.subarray(['read', 'run', 'write'] as const, { minLength: 1 }),
    scopes: fc.subarray([group('team-a'), group('team-b'), `/subscriptions/${SUBSCRIPTION}`], {
      minLength: 1,
    }),
  });
  const asked = fc.tuple(
    fc.constantFrom(A, B),
    fc.constantFrom('read', 'run', 'write'),
    fc.constantFrom('team-a', 'team-b'),
  );
  fc.assert(
    fc.property(fc.array(anyRule), anyRule, asked, (rules, more, [who, action, team]) => {
      const before = may(policy('deny', ...rules), user(who), action, group(team));
      const after = decide(policy('deny', ...rules, more), user(who), action, group(team));
      if (before) assert.equal(after.allowed, true);
      assert.equal(after.allowed, after.rules.length > 0);
    }),
  );
});

test('a document is refused with every problem and its pointer', () => {
  const read = readPolicy({
    mode: 'closed',
    rules: [{ name: 'x', principals: ['team-a'], actions: ['fly'], scopes: ['team-a'] }],
  });
  assert.ok(!read.ok);
  assert.deepEqual(read.failures.map(({ target }) => target).sort(), [
    '/mode',
    '/rules/0/actions/0',
    '/rules/0/principals/0',
  ]);
  const scopes = [
    'team-a',
    '/subscriptions/x',
    `${group('a')}/../b`,
    `/subscriptions/${SUBSCRIPTION}/x`,
    'https://a?b',
  ];
  const bad = readPolicy({
    mode: 'deny',
    rules: [{ name: 'x', principals: [A], actions: ['read'], scopes }],
  });
  assert.ok(!bad.ok);
  assert.equal(bad.failures.length, scopes.length);
});

test('a policy that cannot be read closes the app, and a group by name alone is one of a known subscription', () => {
  const account = { KILN_STORAGE_ACCOUNT_URL: 'https://a.blob.core.windows.net' };
  const isClosed = (error: unknown) => error instanceof KilnError && error.failure.code === 'NotConfigured';
  for (const settings of [
    { KILN_ACCESS_POLICY: '{' },
    { KILN_ACCESS_POLICY: '/no/such/file.json' },
    { KILN_ACCESS_POLICY: '{"mode": "deny"}' },
    { KILN_AUTH_RESTRICT: '{"a": ["team-a"]}' },
  ])
    assert.throws(() => parseSettings({ ...account, ...settings }), isClosed, JSON.stringify(settings));
  const read = parseSettings({
    ...account,
    KILN_ACCESS_POLICY: JSON.stringify(twoTeams()),
    KILN_AUTH_RESTRICT: `{"${OTHER}": ["team-a"]}`,
    KILN_SUBSCRIPTION_ID: SUBSCRIPTION,
  }).policy;
  assert.equal(read.mode, 'deny');
  assert.equal(may(read, user(OTHER), 'write', group('team-a')), true);
  assert.equal(may(read, user(OTHER), 'write', group('team-a').replace(SUBSCRIPTION, OTHER)), false);
});

describe('a deployment of two teams', () => {
  let azurite: Azurite;
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    api = await Api.start(issuer, azurite, { policy: twoTeams() });
    for (const [oid, team] of [
      [A, 'team-a'],
      [B, 'team-b'],
    ] as const)
      for (const name of ['one', 'two', 'three'])
        assert.equal((await as(oid, 'PUT', `${templates(team)}/${name}`, sampleBody())).status, 201);
  });
  after(async () => {
    issuer.stop();
    await azurite.stop();
  });
  const as = async (
    oid: string,
    method: string,
    path: string,
    body?: unknown,
    claims = {},
  ): Promise<Answer> => api.send(method, path, { token: await tokenOf(issuer, oid, claims), body });

  test('nobody who is not listed gets anything, whatever the role', async () => {
    for (const path of [templates('team-a'), `${templates('team-a')}/one`, group('team-a')])
      assert.equal((await as(OTHER, 'GET', path)).status, 403, path);
    const sha256 = 'a'.repeat(64);
    const artifacts = `/subscriptions/${OTHER}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256}`;
    assert.equal((await as(A, 'PUT', artifacts, 'x')).status, 403, 'a subscription that is nobody’s');
  });

  test('a rule gives single actions: who may read does not write, who may run does not approve', async () => {
    const full = api.policy;
    const one = `${templates('team-a')}/one`;
    api.policy = policy('deny', { principals: [B], actions: ['read', 'run'], scopes: [group('team-a')] });
    assert.equal((await as(B, 'GET', one)).status, 200);
    assert.equal((await as(B, 'PUT', one, sampleBody())).status, 403);
    assert.equal((await as(B, 'DELETE', one)).status, 403);
    assert.equal((await as(B, 'POST', `${one}/runs/${OTHER}/approve`, {})).status, 403);
    assert.notEqual((await as(B, 'POST', `${one}/run`)).status, 403);
    api.policy = full;
  });

  test('groups of the token count', async () => {
    const full = api.policy;
    api.policy = policy('deny', { principals: [GROUP_OF_A], actions: ['read'], scopes: [group('team-a')] });
    const one = `${templates('team-a')}/one`;
    // Only groups that a rule names are kept of a token, so that the policy is known before it.
    const grown = await Api.start(issuer, azurite, { policy: api.policy });
    const token = await tokenOf(issuer, OTHER, { groups: [GROUP_OF_A] });
    assert.equal((await grown.send('GET', one, { token })).status, 404, 'allowed, and not there');
    assert.equal((await grown.send('GET', one, { token: await tokenOf(issuer, OTHER) })).status, 403);
    api.policy = full;
  });

  test('pages of a list are full of what is the caller’s, and their links name nothing of others', async () => {
    const all = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
    const seen: string[] = [];
    for (let next: string | undefined = `${all}?$top=1`; next !== undefined;) {
      const { body }: Answer = await as(B, 'GET', next);
      seen.push(...body.value.map(({ id }) => id));
      assert.equal(body.value.length, 1);
      next = (body as { nextLink?: string }).nextLink;
      const token: string = next === undefined ? '' : (new URL(next).searchParams.get('$skipToken') ?? '');
      assert.doesNotMatch(Buffer.from(token, 'base64url').toString(), /team-a/);
    }
    assert.deepEqual(
      seen.map((id) => id.replace(`${templates('team-b')}/`, '')),
      ['one', 'three', 'two'],
    );
  });
});
