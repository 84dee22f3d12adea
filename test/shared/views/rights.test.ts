// Rights that a deployment gave once and does not mean to give any more: found by asking, and told with the command that takes them away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DeployedRights, Permission } from '../../../shared/model/rights.ts';
import { KILN_ROLES } from '../../../shared/views/kiln-roles.ts';
import { lookAtRights, scopesToAsk } from '../../../shared/views/rights.ts';
import { tellExcess } from '../../../shared/views/rights-told.ts';

const S = '11111111-1111-1111-1111-111111111111';
const OWN = '22222222-2222-2222-2222-222222222222';
const at = (group?: string) =>
  group === undefined ? `/subscriptions/${S}` : `/subscriptions/${S}/resourcegroups/${group}`;
const narrow: DeployedRights = {
  principalId: 'pppppppp-0000-4000-8000-000000000001',
  roleSuffix: 'prod abc123',
  subscriptionId: OWN,
  buildSubscriptionId: '',
  stagingGroupIds: [`/subscriptions/${S}/resourceGroups/Staging`],
  imageGroupIds: [`/subscriptions/${S}/resourceGroups/images`],
};
const wide: DeployedRights = { ...narrow, buildSubscriptionId: S };

const role = (name: string): Permission => ({
  actions: KILN_ROLES.find((one) => one.name === `Kiln ${name}`)?.actions.map(({ action }) => action) ?? [],
  notActions: [],
});
/** What Azure answers for assignments: at each scope those at it and above. */
const given =
  (assignments: readonly (readonly [string, Permission])[]) =>
  async (scope: string): Promise<Permission[]> =>
    assignments.filter(([above]) => `${scope}/`.startsWith(`${above}/`)).map(([, permission]) => permission);

const look = (deployed: DeployedRights, assignments: Parameters<typeof given>[0], before: string[] = []) =>
  lookAtRights(deployed, scopesToAsk(deployed, before, []), given(assignments));

const SUBSCRIPTION_WIDE = [
  [at(), role('Catalogue Reader')],
  [at(), role('Group Maker')],
  [at(), role('Builder')],
] as const;
const IN_GROUPS = [
  [at('staging'), role('Builder')],
  [at('images'), role('Publisher')],
] as const;

test('a deployment that has what it is meant to have has nothing that is too much', async () => {
  assert.deepEqual((await look(wide, [...SUBSCRIPTION_WIDE, ...IN_GROUPS])).excess, []);
  const { excess, asked, left } = await look(narrow, [[at(), role('Catalogue Reader')], ...IN_GROUPS]);
  assert.deepEqual([excess, asked, left], [[], 4, 0]);
});

test('roles at the subscription that a narrower deployment left there are told once, with the command for each', async () => {
  const found = await look(narrow, [...SUBSCRIPTION_WIDE, ...IN_GROUPS]);
  assert.deepEqual(
    found.excess.map(({ scope, role: name }) => [scope, name]),
    [
      [at(), 'Kiln Group Maker'],
      [at(), 'Kiln Builder'],
    ],
  );
  const [maker, builder] = tellExcess(found);
  assert.match(maker?.detail ?? '', /^2 actions more .*resourceGroups\/write, .*resourceGroups\/delete$/);
  assert.equal(
    builder?.next,
    `\`az role assignment delete --assignee ${narrow.principalId} --scope ${at()} --role "Kiln Builder (prod abc123)"\``,
  );
});

test('groups that are named no more are asked when they were named once', async () => {
  const emptied = { ...narrow, stagingGroupIds: [], imageGroupIds: [] };
  const before = scopesToAsk(narrow, [], []);
  assert.deepEqual((await look(emptied, IN_GROUPS)).excess, [], 'nobody has told of them');
  const { excess } = await look(emptied, IN_GROUPS, before);
  assert.deepEqual(
    excess.map(({ scope, role: name }) => [scope, name]),
    [
      [at('staging'), 'Kiln Builder'],
      [at('images'), 'Kiln Publisher'],
    ],
  );
});

test('a role that is none of Kiln is told with what it gives, and how to find it', async () => {
  const owner = { actions: ['*'], notActions: [] };
  const found = await look(wide, [...SUBSCRIPTION_WIDE, [at('images'), owner]]);
  assert.deepEqual(found.excess, [{ scope: at('images'), actions: ['*'] }]);
  assert.match(tellExcess(found)[0]?.next ?? '', /az role assignment list .* --include-inherited/);
});

test('no more than forty scopes are asked, each once, and those that were left are counted', async () => {
  const before = Array.from({ length: 90 }, (_, index) => at(`group-${index % 60}`));
  const asked: string[] = [];
  const found = await lookAtRights(
    narrow,
    scopesToAsk(narrow, before, [S.toUpperCase(), OWN]),
    async (scope) => {
      asked.push(scope);
      return [];
    },
  );
  assert.deepEqual([asked.length, new Set(asked).size], [40, 40]);
  assert.deepEqual([found.asked, found.left], [40, 24]);
});

test('whatever was assigned before: what is told is not meant, and what is meant is not told', async () => {
  const places = [at(), at('staging'), at('images'), at('other')];
  const any = fc.tuple(
    fc.constantFrom(...places),
    fc.constantFrom(...KILN_ROLES.map(({ name }) => role(name.replace('Kiln ', '')))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(any, { maxLength: 6 }),
      fc.constantFrom(wide, narrow),
      async (more, deployed) => {
        const meant = deployed === wide ? [...SUBSCRIPTION_WIDE, ...IN_GROUPS] : IN_GROUPS;
        const { excess } = await look(deployed, [...meant, ...more], places);
        for (const { scope, actions } of excess) {
          const allowed = await given(meant)(scope);
          const added = await given(more)(scope);
          const has = (list: Permission[]) => list.flatMap((one) => one.actions);
          for (const action of actions) {
            assert.ok(!has(allowed).includes(action), `${action} is meant at ${scope}`);
            assert.ok(has(added).includes(action), `${action} is not there at ${scope}`);
          }
        }
      },
    ),
  );
});
