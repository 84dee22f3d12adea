import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalInventory } from '../../../shared/inventory/canonical.ts';
import { diffInventories } from '../../../shared/inventory/diff.ts';
import { diffMarkdown, diffText } from '../../../shared/inventory/diff-note.ts';
import type { Inventory, InventoryPackage } from '../../../shared/model/inventory.ts';
import { anInventory, inventories } from './some-inventory.ts';

const deb = (name: string, version: string, source = name): InventoryPackage => ({
  type: 'deb',
  name,
  version,
  architecture: 'amd64',
  source: { name: source, version },
});

const withPackages = (...packages: InventoryPackage[]): Inventory => ({ ...anInventory, packages });

const text = (before: Inventory, after: Inventory) =>
  diffText({ from: 'web 1.0.4', to: 'web 1.0.5', madeOf: [], diff: diffInventories(before, after) });

test('two images that differ by one package give exactly that line', () => {
  const before = withPackages(deb('bash', '5.2'), deb('openssl', '3.0.14'));
  const after = withPackages(deb('bash', '5.2'), deb('openssl', '3.0.14'), deb('nginx', '1.22.1-9'));
  assert.equal(
    text(before, after),
    'web 1.0.4 → web 1.0.5: 1 package (1 added, 0 removed, 0 changed)\n\nPackages\n  + nginx 1.22.1-9\n',
  );
  assert.equal(
    text(after, before),
    'web 1.0.4 → web 1.0.5: 1 package (0 added, 1 removed, 0 changed)\n\nPackages\n  - nginx 1.22.1-9\n',
  );
});

test('packages of one source that move alike are one line, and one for each where they do not', () => {
  const before = withPackages(
    deb('libssl3', '3.0.14', 'openssl'),
    deb('openssl', '3.0.14'),
    deb('a', '1', 's'),
    deb('b', '1', 's'),
  );
  const after = withPackages(
    deb('libssl3', '3.0.15', 'openssl'),
    deb('openssl', '3.0.15'),
    deb('a', '2', 's'),
    deb('c', '1', 's'),
  );
  const { counts, packages } = diffInventories(before, after);
  assert.deepEqual(counts, { added: 1, removed: 1, changed: 3 });
  assert.deepEqual(
    packages.map(({ source, change }) => [source, change]),
    [
      ['openssl', 'changed'],
      ['s', 'changed'],
    ],
  );
  assert.match(
    text(before, after),
    /~ openssl 3\.0\.14 → 3\.0\.15 \(libssl3, openssl\)\n {2}~ a 1 → 2\n {2}- b 1\n {2}\+ c 1\n/,
  );
});

test('a second kernel beside the first is added, and one in place of it has changed', () => {
  const kernel = (version: string) => deb('kernel-core', version, 'kernel');
  const beside = diffInventories(
    withPackages(kernel('5.14-1')),
    withPackages(kernel('5.14-1'), kernel('5.14-2')),
  );
  assert.deepEqual(beside.counts, { added: 1, removed: 0, changed: 0 });
  const instead = diffInventories(withPackages(kernel('5.14-1')), withPackages(kernel('5.14-2')));
  assert.deepEqual(instead.counts, { added: 0, removed: 0, changed: 1 });
});

test('services, ports, users, repositories, kernel and size are compared too', () => {
  const after: Inventory = {
    ...anInventory,
    os: { ...anInventory.os, kernel: '6.1.0-29-cloud-amd64' },
    services: [
      { name: 'nginx', state: 'enabled' },
      { name: 'ssh', state: 'disabled' },
    ],
    listening: [{ protocol: 'tcp', address: '::', port: 80, process: 'nginx' }],
    users: [
      { name: 'root', uid: 0, shell: '/bin/sh', groups: ['root'] },
      { name: 'www', groups: ['www'] },
    ],
    repositories: [],
    disk: { ...anInventory.disk, usedBytes: 1_000_000_000 },
  };
  assert.equal(
    text(anInventory, after).split('\n\n').slice(1).join('\n\n'),
    `System
  ~ kernel 6.1.0-28-cloud-amd64 → 6.1.0-29-cloud-amd64
  ~ disk 858.3 MiB → 953.7 MiB (+95.4 MiB)

Services
  + nginx enabled
  ~ ssh enabled → disabled

Listening ports
  + tcp [::]:80 nginx
  - tcp 0.0.0.0:22 sshd

Users
  + www (www)
  ~ root: its id, shell or groups are others

Repositories
  - deb http://deb.debian.org/debian bookworm main
`,
  );
});

test('services that one machine could not list in time are unknown, and not removed', () => {
  const busy = {
    ...anInventory,
    services: [],
    cut: ['services: systemctl did not list all of them in time.'],
  };
  const { services, unknown } = diffInventories(anInventory, busy);
  assert.deepEqual(services, { added: [], removed: [], changed: [] });
  assert.deepEqual(unknown, busy.cut);
});

test('an image against itself has no difference', () => {
  fc.assert(
    fc.property(inventories, (some) => {
      const inventory = canonicalInventory(some);
      const { counts, packages, services, listening, users } = diffInventories(inventory, inventory);
      assert.deepEqual(counts, { added: 0, removed: 0, changed: 0 });
      assert.deepEqual([packages, services.changed, listening.opened, users.changed], [[], [], [], []]);
    }),
  );
});

test('what is added one way is removed the other way', () => {
  fc.assert(
    fc.property(inventories, inventories, (one, other) => {
      const [a, b] = [canonicalInventory(one), canonicalInventory(other)];
      const [there, back] = [diffInventories(a, b), diffInventories(b, a)];
      assert.equal(there.counts.added, back.counts.removed);
      assert.equal(there.counts.changed, back.counts.changed);
      assert.deepEqual(there.listening.opened, back.listening.closed);
    }),
  );
});

test('a name from a machine cannot become markup of a release note', () => {
  const after = withPackages(deb('x`<script>`[a](http://evil)', '1'));
  const diff = diffInventories(withPackages(), after);
  const note = diffMarkdown({ from: 'a', to: 'b', madeOf: [], diff });
  assert.match(note, /^- `[^`]*<script>[^`]*`$/m);
});
