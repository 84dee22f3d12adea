import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf } from '../../local/azure/authorization/action.ts';
import { sections } from '../../local/azure/routes.ts';
import { compare, explain, readRoles, type Use } from './role-use.ts';

const GROUP = '/subscriptions/s/resourceGroups';
const use = (action: string, scope: string): Use => ({ action, scope, operation: 'Some_Call' });
const machine = use('Microsoft.Compute/virtualMachines/write', `${GROUP}/builds/providers/x`);

test('an action that a role lacks is told with role, call and scope', () => {
  const [missing, ...others] = compare(new Map([['builder', []]]), [machine]);
  assert.deepEqual(others, []);
  assert.ok(missing);
  assert.match(
    explain(missing),
    /infra\/roles\/builder\.json lacks Microsoft\.Compute\/virtualMachines\/write/,
  );
  assert.match(explain(missing), /Some_Call asked for it at \/subscriptions\/s\/resourceGroups\/builds/);
});

test('an action that nobody asks for is told too', () => {
  const [unused] = compare(new Map([['builder', ['Microsoft.Compute/virtualMachines/write', 'A/b/read']]]), [
    machine,
  ]);
  assert.ok(unused);
  assert.match(explain(unused), /has A\/b\/read, which no end-to-end test needs/);
});

test('the same action belongs to another role in another kind of scope', () => {
  const read = 'Microsoft.Compute/images/read';
  const uses = [
    machine,
    use(read, `${GROUP}/builds/x`),
    use(read, `${GROUP}/images/x`),
    use('A/b/read', '/subscriptions/s'),
  ];
  const roles = [...compare(new Map(), uses)].map(({ role, action }) => `${role} ${action}`);
  assert.deepEqual(roles, [
    'builder Microsoft.Compute/virtualMachines/write',
    `builder ${read}`,
    `publisher ${read}`,
    'catalogue-reader A/b/read',
  ]);
});

test('roles name whole actions of the local cloud or of a linked resource, each with its reason, none with a wildcard', () => {
  const routes = sections({ identityHeader: '', clientSecret: '' }).flatMap((section) => section.routes);
  const known = new Set(routes.map(({ method, path }) => actionOf(method, path)?.toLowerCase()));
  for (const [name, actions] of readRoles()) {
    assert.ok(actions.length > 0, name);
    assert.deepEqual(actions, [...new Set(actions)], `${name} names an action twice`);
    for (const action of actions) {
      assert.doesNotMatch(action, /\*/, `${name} has a wildcard`);
      const isLinked = /\/(join|assign)\/action$/.test(action);
      assert.ok(isLinked || known.has(action.toLowerCase()), `${name}: nothing asks for ${action}`);
    }
  }
});

test('types and verbs of a path make the action', () => {
  const compute = '/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Compute';
  assert.equal(
    actionOf('POST', `${compute}/virtualMachines/{n}/deallocate`),
    'Microsoft.Compute/virtualMachines/deallocate/action',
  );
  assert.equal(actionOf('GET', `${compute}/virtualMachines`), 'Microsoft.Compute/virtualMachines/read');
  assert.equal(
    actionOf('DELETE', '/subscriptions/{s}/resourceGroups/{g}'),
    'Microsoft.Resources/subscriptions/resourceGroups/delete',
  );
  assert.equal(
    actionOf(
      'GET',
      '/subscriptions/{s}/providers/Microsoft.Compute/locations/{l}/publishers/{p}/artifacttypes/vmimage/offers/{o}/skus/{k}/versions',
    ),
    'Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read',
  );
  assert.equal(actionOf('GET', '/subscriptions'), undefined);
});
