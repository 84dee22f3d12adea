import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalInventory, canonicalJson, inventoryDigest } from '../../../shared/inventory/canonical.ts';
import { type Inventory, LIMITS } from '../../../shared/inventory/inventory.ts';
import { parseInventory } from '../../../shared/inventory/parse.ts';
import { anInventory, inventories } from './some-inventory.ts';

test('an inventory that was written and read again is the same one, byte for byte', () => {
  fc.assert(
    fc.property(inventories, (inventory) => {
      const text = canonicalJson(inventory);
      const again = parseInventory(JSON.parse(text));
      assert.deepEqual(again, canonicalInventory(inventory));
      assert.equal(canonicalJson(again), text);
    }),
  );
});

test('the order in which a machine lists things, and how often, does not change the inventory', () => {
  fc.assert(
    fc.property(inventories, (inventory) => {
      const turned: Inventory = {
        disk: inventory.disk,
        schema: 1,
        repositories: [...inventory.repositories].toReversed(),
        users: [...inventory.users, ...inventory.users].toReversed(),
        listening: inventory.listening.toReversed(),
        services: inventory.services.toReversed(),
        packages: [...inventory.packages.toReversed(), ...inventory.packages],
        os: { ...inventory.os },
        ...(inventory.cut && { cut: inventory.cut }),
      };
      assert.equal(inventoryDigest(turned), inventoryDigest(inventory));
    }),
  );
});

test('any change of a package is another digest', () => {
  const newer = {
    ...anInventory,
    packages: anInventory.packages.map((one) => ({ ...one, version: `${one.version}.1` })),
  };
  assert.notEqual(inventoryDigest(newer), inventoryDigest(anInventory));
});

test('packages are sorted by type, name and version', () => {
  const names = canonicalInventory({
    ...anInventory,
    packages: [
      { type: 'pypi', name: 'a', version: '1' },
      { type: 'deb', name: 'zlib1g', version: '2' },
      { type: 'deb', name: 'bash', version: '5.2' },
      { type: 'deb', name: 'bash', version: '5.1' },
    ],
  }).packages.map(({ type, name, version }) => `${type} ${name} ${version}`);
  assert.deepEqual(names, ['deb bash 5.1', 'deb bash 5.2', 'deb zlib1g 2', 'pypi a 1']);
});

test('a section that is too long is cut, and says so', () => {
  const packages = Array.from({ length: LIMITS.packages + 5 }, (_, index) => ({
    type: 'npm' as const,
    name: `package-${index}`,
    version: '1.0.0',
  }));
  const cut = canonicalInventory({ ...anInventory, packages });
  assert.equal(cut.packages.length, LIMITS.packages);
  assert.deepEqual(cut.cut, ['packages: the first 10000 of 10005 are listed.']);
  assert.deepEqual(canonicalInventory(cut), cut);
});

test('what is no inventory is refused with the place of each problem', () => {
  const wrong = { ...anInventory, schema: 2, services: [{ name: 'ssh', state: 'on' }] };
  assert.throws(
    () => parseInventory(wrong),
    ({ failure }: any) => {
      assert.equal(failure.code, 'InvalidValue');
      assert.deepEqual(failure.details.map(({ target }: any) => target).sort(), [
        '/schema',
        '/services/0/state',
      ]);
      return true;
    },
  );
});
