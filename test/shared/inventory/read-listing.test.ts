// Listings in the formats of the real tools: dpkg-query, rpm, systemctl, ss, /proc/net, apt and yum, registry and CIM.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InventoryPackage } from '../../../shared/inventory/inventory.ts';
import { parseInventory } from '../../../shared/inventory/parse.ts';
import { readListing } from '../../../shared/inventory/read-listing.ts';

function recorded(name: string): string {
  return readFileSync(path.join(import.meta.dirname, 'listings', `${name}.txt`), 'utf8');
}

function read(name: string) {
  const osType = name.startsWith('windows') ? 'Windows' : 'Linux';
  const found = readListing(recorded(name), { osType, without: 'kiln' });
  assert.ok(found);
  assert.deepEqual(parseInventory(JSON.parse(JSON.stringify(found.inventory))), found.inventory);
  return found;
}

const lineOf = ({ type, name, version, architecture, source }: InventoryPackage): string =>
  [type, name, version, architecture ?? '', source && `${source.name} ${source.version}`].join('|');

test('Debian: what dpkg has installed, with its source packages, and nothing that was removed', () => {
  const { inventory } = read('debian-12');
  assert.deepEqual(inventory.packages.map(lineOf), [
    'deb|adduser|3.134|all|adduser 3.134',
    'deb|apt|2.6.1|amd64|apt 2.6.1',
    'deb|bash|5.2.15-2+b7|amd64|bash 5.2.15-2',
    'deb|libc6|2.36-9+deb12u9|amd64|glibc 2.36-9+deb12u9',
    'deb|libc6|2.36-9+deb12u9|i386|glibc 2.36-9+deb12u9',
    'deb|libssl3|3.0.15-1~deb12u1|amd64|openssl 3.0.15-1~deb12u1',
    'deb|linux-image-6.1.0-28-cloud-amd64|6.1.119-1|amd64|linux-signed-amd64 6.1.119+1',
    'deb|openssh-server|1:9.2p1-2+deb12u3|amd64|openssh 1:9.2p1-2+deb12u3',
    'deb|openssl|3.0.15-1~deb12u1|amd64|openssl 3.0.15-1~deb12u1',
    'deb|python3-yaml|6.0-3+b2|amd64|pyyaml 6.0-3',
    'deb|tzdata|2024a-0+deb12u1|all|tzdata 2024a-0+deb12u1',
    'npm|@azure/functions-core|4.0.1||',
    'npm|npm|10.8.2||',
    'pypi|flask-login|0.6.3||',
    'pypi|legacy|1.0.post1||',
  ]);
});

test('Debian: services, ports, users and repositories, without the account of the build', () => {
  const { inventory } = read('debian-12');
  assert.deepEqual(inventory.services, [
    { name: 'apt-daily', state: 'static' },
    { name: 'chrony', state: 'enabled' },
    { name: 'getty@', state: 'enabled' },
    { name: 'nfs-common', state: 'masked' },
    { name: 'rsync', state: 'disabled' },
    { name: 'ssh', state: 'enabled' },
  ]);
  assert.deepEqual(
    inventory.listening.map(({ protocol, address, port, process }) => [protocol, address, port, process]),
    [
      ['tcp', '0.0.0.0', 22, 'sshd'],
      ['tcp', '::', 22, 'sshd'],
      ['tcp', '::', 9100, undefined],
      ['udp', '10.0.0.4', 68, 'systemd-network'],
      ['udp', '127.0.0.1', 323, 'chronyd'],
      ['udp', '::1', 323, 'chronyd'],
    ],
  );
  assert.deepEqual(inventory.users, [
    { name: 'app', uid: 1001, shell: '/bin/sh', groups: ['adm', 'app'] },
    { name: 'daemon', uid: 1, shell: '/usr/sbin/nologin', groups: ['daemon'] },
    { name: 'root', uid: 0, shell: '/bin/bash', groups: ['root'] },
  ]);
  assert.deepEqual(inventory.repositories, [
    'deb https://deb.nodesource.com/node_20.x nodistro main',
    'deb mirror+file:///etc/apt/mirrors/debian.list bookworm main',
    'deb mirror+file:///etc/apt/mirrors/debian.list bookworm-updates main',
  ]);
  assert.equal(inventory.disk.usedBytes, 987_654 * 1024);
  assert.equal(inventory.disk.folders.length, 4);
  assert.equal(inventory.cut, undefined);
});

test('what the source had brought along is a listing of its own', () => {
  const { inventory, source } = read('debian-12');
  const before = source?.packages.map(({ name }) => name) ?? [];
  const added = inventory.packages.filter(({ name }) => !before.includes(name));
  assert.deepEqual(
    added.map(({ name }) => name),
    ['tzdata'],
  );
  assert.equal(read('rhel-9').source, undefined);
});

test('Ubuntu: snaps, new sources of apt, and the ports by the tables of the kernel where there is no ss', () => {
  const { inventory } = read('ubuntu-24.04');
  assert.deepEqual(inventory.packages.map(lineOf), [
    'deb|libssl3t64|3.0.13-0ubuntu3.4|amd64|openssl 3.0.13-0ubuntu3.4',
    'deb|linux-image-6.8.0-1018-azure|6.8.0-1018.21|amd64|linux-signed-azure 6.8.0-1018.21',
    'deb|walinuxagent|2.9.1.1-2ubuntu2.24.04.1|amd64|walinuxagent 2.9.1.1-2ubuntu2.24.04.1',
    'snap|core22|20240904||',
    'snap|lxd|5.21.2-2f4ba6b||',
    'snap|snapd|2.63||',
  ]);
  assert.deepEqual(inventory.listening, [
    { protocol: 'tcp', address: '127.0.0.53', port: 53 },
    { protocol: 'tcp', address: '::', port: 22 },
    { protocol: 'udp', address: '127.0.0.1', port: 323 },
    { protocol: 'udp', address: '::1', port: 323 },
  ]);
  assert.equal(inventory.repositories.length, 3);
});

test('RHEL: epochs, source archives and two kernels; keys are no packages', () => {
  const { inventory } = read('rhel-9');
  assert.deepEqual(inventory.packages.map(lineOf), [
    'pypi|ansible-core|2.15.0||',
    'rpm|acme-agent|4.2-1|x86_64|acme-agent 4.2-1',
    'rpm|bash|5.1.8-9.el9|x86_64|bash 5.1.8-9.el9',
    'rpm|kernel-core|5.14.0-427.13.1.el9_4|x86_64|kernel 5.14.0-427.13.1.el9_4',
    'rpm|kernel-core|5.14.0-427.42.1.el9_4|x86_64|kernel 5.14.0-427.42.1.el9_4',
    'rpm|openssl-libs|1:3.0.7-28.el9_4|x86_64|openssl 1:3.0.7-28.el9_4',
    'rpm|python3-pip-wheel|21.3.1-1.el9|noarch|python-pip 21.3.1-1.el9',
  ]);
  assert.deepEqual(inventory.repositories, [
    'epel https://mirrors.fedoraproject.org/metalink',
    'rhui-rhel-9-for-x86_64-baseos-rhui-rpms https://rhui4-1.microsoft.com/pulp/mirror/content/dist/rhel9/rhui/$releasever/$basearch/baseos/os',
  ]);
});

test('Azure Linux', () => {
  const { inventory } = read('azurelinux-3');
  assert.deepEqual(inventory.os, {
    family: 'linux',
    id: 'azurelinux',
    version: '3.0',
    name: 'Microsoft Azure Linux 3.0',
    architecture: 'aarch64',
    kernel: '6.6.57.1-7.azl3',
  });
  assert.deepEqual(
    inventory.packages.map(({ source }) => source?.name),
    ['kernel', 'openssl', 'openssl', 'tdnf'],
  );
});

test('Windows: both places of programs, hotfixes, apps, features, services and ports', () => {
  const { inventory } = read('windows-2022');
  assert.deepEqual(inventory.packages.map(lineOf), [
    'appx|Microsoft.SecHealthUI|1000.20348.2520.0||',
    'feature|IIS-WebServer|||',
    'feature|NetFx4ServerFeatures|||',
    'hotfix|KB5012170|||',
    'hotfix|KB5046616|||',
    'windows|C:\\program|2.0||',
    'windows|Entwicklerwerkzeuge für Büros|1.0||',
    'windows|Microsoft Edge|131.0.2903.63|x86|',
    'windows|Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.40.33810|14.40.33810.0||',
    'windows|No version|||',
  ]);
  assert.deepEqual(inventory.services, [
    { name: 'CDPUserSvc', state: 'automatic' },
    { name: 'Real_12345678', state: 'automatic' },
    { name: 'RemoteRegistry', state: 'disabled' },
    { name: 'W3SVC', state: 'automatic' },
    { name: 'wuauserv', state: 'manual' },
  ]);
  assert.deepEqual(inventory.listening[2], {
    protocol: 'udp',
    address: 'fe80::1',
    port: 123,
    process: 'svchost',
  });
  assert.deepEqual(inventory.users, [
    { name: 'Administrator', groups: ['Administrators'] },
    { name: 'Guest', groups: ['Guests'] },
  ]);
});

test('a listing that was cut anywhere is read as far as it goes, and says so', () => {
  const whole = recorded('debian-12').split('\nsource\n')[0] ?? '';
  fc.assert(
    fc.property(fc.integer({ min: 120, max: whole.length - 5 }), (length) => {
      const { inventory } = readListing(whole.slice(0, length), { osType: 'Linux' }) ?? {};
      assert.ok(inventory?.cut?.some((text) => text.startsWith('everything')));
      for (const { name, version, source } of inventory?.packages ?? [])
        assert.ok(whole.includes(`${name}\t${version}`) || source === undefined, name);
    }),
  );
});

test('no output of a machine breaks the reader, and what it makes of it is an inventory', () => {
  const words = [
    'deb',
    'rpm',
    'snap',
    'python',
    'node',
    'service',
    'listen',
    'socket',
    'user',
    'group',
    'lack',
  ];
  const field = fc.oneof(
    fc.string(),
    fc.constantFrom('ii', 'tcp', '[::]:22', 'a:b:c:d', '0A', '00000000:0016'),
  );
  const line = fc
    .tuple(
      fc.constantFrom(...words, 'apt', 'deb822', 'yum', 'disk', 'folder', 'end', 'source'),
      fc.array(field),
    )
    .map(([word, fields]) => [word, ...fields].join('\t'));
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('Linux' as const, 'Windows' as const), (lines, osType) => {
      const text = ['os\tx\t1\t\t', 'machine\tm', 'end', ...lines].join('\n');
      const { inventory } =
        readListing(text.replace('end\n', ''), { osType }) ?? readListing(text, { osType }) ?? {};
      assert.deepEqual(parseInventory(JSON.parse(JSON.stringify(inventory))), inventory);
      // oxlint-disable-next-line no-control-regex -- what is looked for
      assert.doesNotMatch(JSON.stringify(inventory), /[\u0000-\u001f]/);
    }),
  );
});

test('an output without a listing is none', () => {
  assert.equal(readListing('sh: 1: not found\n', { osType: 'Linux' }), undefined);
  assert.equal(readListing('', { osType: 'Windows' }), undefined);
});
