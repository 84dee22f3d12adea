import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { compile, literal, noBicep, snapshot, SUBSCRIPTION } from '../support/bicep.ts';
import { byDefault, ELSEWHERE, INFRA, known, MAIN, of, SCOPES, withEverything } from './bicep/deployment.ts';
import { readRoles } from './role-use.ts';

const OWN = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-kiln-prod/`;
const BUILDS = `/subscriptions/${SCOPES.buildSubscriptionId}`;
/** Key Vault Crypto User. */
const KEY_USER = '12338af0-0e69-4776-bea7-57ae8d297424';
const ASSIGNMENT = '/providers/Microsoft.Authorization/roleAssignments/';

type Snapshot = typeof byDefault;

/** Scope of each assignment, with the name of the custom role; roles of Azure's own are "built in", the one for keys but its id. */
function rolesAt(deployment: Snapshot): (readonly [scope: string, role: string])[] {
  const names = Object.fromEntries(
    of(deployment, 'Microsoft.Authorization/roleDefinitions').map(({ name, properties }) => [
      name,
      String(properties.roleName).replace(/ \(prod \w{6}\)$/, ''),
    ]),
  );
  return of(deployment, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
    const scope = id.slice(0, id.lastIndexOf(ASSIGNMENT));
    const roleId = properties.roleDefinitionId.split('/').at(-1);
    return [scope, names[roleId] ?? (roleId === KEY_USER ? KEY_USER : 'built in')] as const;
  });
}

describe('what the identity of a deployment may do', { skip: noBicep }, () => {
  test('by default it touches nothing but what the deployment itself made', () => {
    const foreign = rolesAt(byDefault).filter(([scope]) => !scope.startsWith(OWN));
    assert.deepEqual(foreign, [], 'no foreign subnet, image, group or machine');
    const own = rolesAt(byDefault).filter(([, role]) => role !== 'built in');
    assert.deepEqual(
      own.map(([scope, role]) => [scope.split('/').at(-1), role]),
      [['id-kiln-build-prod', 'Kiln Identity Assigner']],
    );
  });

  test('each parameter gives one role, at what it names and nowhere else', () => {
    const foreign = rolesAt(withEverything).filter(([scope]) => !scope.startsWith(OWN));
    const hub = `${ELSEWHERE}/hub/providers`;
    assert.deepEqual(
      foreign.toSorted(),
      [
        [BUILDS, 'Kiln Builder'],
        [BUILDS, 'Kiln Catalogue Reader'],
        [BUILDS, 'Kiln Group Maker'],
        [ELSEWHERE.replace('/resourceGroups', ''), 'Kiln Catalogue Reader'],
        [`${ELSEWHERE}/staging`, 'Kiln Builder'],
        [`${ELSEWHERE}/images`, 'Kiln Publisher'],
        [`${hub}/Microsoft.Network/virtualNetworks/hub`, 'Kiln Network User'],
        [`${hub}/Microsoft.Network/virtualNetworks/spoke/subnets/build`, 'Kiln Network User'],
        [`${hub}/Microsoft.ManagedIdentity/userAssignedIdentities/build`, 'Kiln Identity Assigner'],
        [`${hub}/Microsoft.KeyVault/vaults/secrets`, 'built in'],
        [`${hub}/Microsoft.KeyVault/vaults/keys/keys/provenance`, KEY_USER],
      ].toSorted(),
    );
  });

  test('the roles hold the actions of the role files', () => {
    const actions = of(byDefault, 'Microsoft.Authorization/roleDefinitions').map(
      ({ properties }) => properties.permissions[0].actions,
    );
    assert.deepEqual(
      actions.map((list) => list.toSorted()).toSorted(),
      [...readRoles().values()].map((list) => list.toSorted()).toSorted(),
    );
  });

  test('every role can be assigned where it is, whatever parameters are given', async () => {
    const names = Object.keys(SCOPES);
    const cases = Array.from({ length: 2 ** names.length }, (_, bits) =>
      Object.fromEntries(
        Object.entries<string | string[]>(SCOPES).map(([name, value], index) => {
          const given = (bits >> index) % 2 === 1;
          return [name, given ? value : Array.isArray(value) ? [] : ''];
        }),
      ),
    );
    // All of them in one file, each a deployment of its own name: the compiler starts once.
    const folder = mkdtempSync(path.join(tmpdir(), 'kiln-subsets-'));
    try {
      const permissions = path.join(INFRA, 'modules/permissions.bicep');
      const module = path.relative(folder, permissions);
      const fixed = await known(permissions, {
        token: 'abcdef',
        principalId: 'p',
        identityId: `${OWN}id`,
        provenanceKey: { id: '', vaultId: '' },
        ownGroup: 'rg-kiln-prod',
      });
      const file = path.join(folder, 'subsets.bicep');
      const lines = cases.map((given, index) => {
        const own = { environmentName: `c${index}`, ownBuildIdentity: `id-${index}` };
        return `module c${index} '${module}' = ${literal({ name: `c${index}`, params: { ...fixed, ...own, ...given } })}`;
      });
      writeFileSync(file, ["targetScope = 'subscription'", ...lines, ''].join('\n'));
      const made = await snapshot(file, {});
      const assignable = new Map<string, string[]>(
        of(made, 'Microsoft.Authorization/roleDefinitions').map(({ name, properties }) => [
          name,
          properties.assignableScopes,
        ]),
      );
      assert.equal(assignable.size, cases.length * readRoles().size);
      const outside = of(made, 'Microsoft.Authorization/roleAssignments').flatMap(({ id, properties }) => {
        const scopes = assignable.get(properties.roleDefinitionId.split('/').at(-1));
        const scope = id.slice(0, id.lastIndexOf(ASSIGNMENT));
        const isInside = scopes === undefined || scopes.some((at) => id.startsWith(`${at}/`));
        return isInside ? [] : [`${scope} is in none of ${scopes.join(', ')}`];
      });
      assert.deepEqual([...new Set(outside)], []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('what-if can show every resource: no name and no condition waits for the deployment', async () => {
    for (const { id, name } of [...byDefault.resources, ...withEverything.resources])
      assert.doesNotMatch(`${id} ${name}`, /reference\(|utcNow/);
    const folder = mkdtempSync(path.join(tmpdir(), 'kiln-lint-'));
    try {
      cpSync(INFRA, folder, { recursive: true });
      const rules = { 'what-if-short-circuiting': { level: 'warning' } };
      writeFileSync(
        path.join(folder, 'bicepconfig.json'),
        JSON.stringify({ analyzers: { core: { rules } } }),
      );
      assert.equal((await compile(path.join(folder, 'main.bicep'))).said, '');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.ok(MAIN.endsWith('main.bicep'));
  });
});
