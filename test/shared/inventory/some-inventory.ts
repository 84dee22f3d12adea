import fc from 'fast-check';
import type { Inventory } from '../../../shared/inventory/inventory.ts';

/** A small Debian server. */
export const anInventory: Inventory = {
  schema: 1,
  os: {
    family: 'linux',
    id: 'debian',
    version: '12',
    codename: 'bookworm',
    name: 'Debian GNU/Linux 12 (bookworm)',
    architecture: 'x86_64',
    kernel: '6.1.0-28-cloud-amd64',
  },
  packages: [
    {
      type: 'deb',
      name: 'libssl3',
      version: '3.0.15-1~deb12u1',
      architecture: 'amd64',
      source: { name: 'openssl', version: '3.0.15-1~deb12u1' },
    },
    {
      type: 'deb',
      name: 'openssl',
      version: '3.0.15-1~deb12u1',
      architecture: 'amd64',
      source: { name: 'openssl', version: '3.0.15-1~deb12u1' },
    },
  ],
  services: [{ name: 'ssh', state: 'enabled' }],
  listening: [{ protocol: 'tcp', address: '0.0.0.0', port: 22, process: 'sshd' }],
  users: [{ name: 'root', uid: 0, shell: '/bin/bash', groups: ['root'] }],
  repositories: ['deb http://deb.debian.org/debian bookworm main'],
  disk: { usedBytes: 900_000_000, folders: [{ path: '/usr', bytes: 700_000_000 }] },
};

const text = fc.string({ minLength: 1, maxLength: 12 });
const size = fc.nat(2 ** 40);
const aPackage = fc.record(
  {
    type: fc.constantFrom('deb', 'rpm', 'pypi', 'hotfix'),
    name: text,
    version: fc.string({ maxLength: 8 }),
    architecture: text,
    source: fc.record({ name: text, version: text }),
  },
  { requiredKeys: ['type', 'name', 'version'] },
);

/** Any inventory, in any order, with the same things twice. */
export const inventories: fc.Arbitrary<Inventory> = fc.record(
  {
    schema: fc.constant(1 as const),
    os: fc.record(
      {
        family: fc.constantFrom('linux', 'windows'),
        id: text,
        version: text,
        codename: text,
        name: text,
        architecture: text,
        kernel: text,
      },
      { requiredKeys: ['family', 'id', 'version', 'name', 'architecture'] },
    ),
    packages: fc.array(aPackage),
    services: fc.array(fc.record({ name: text, state: fc.constantFrom('enabled', 'manual', 'static') })),
    listening: fc.array(
      fc.record(
        { protocol: fc.constantFrom('tcp', 'udp'), address: text, port: fc.nat(65_535), process: text },
        { requiredKeys: ['protocol', 'address', 'port'] },
      ),
    ),
    users: fc.array(
      fc.record(
        { name: text, uid: fc.nat(70_000), shell: text, groups: fc.array(text) },
        { requiredKeys: ['name', 'groups'] },
      ),
    ),
    repositories: fc.array(text),
    disk: fc.record({ usedBytes: size, folders: fc.array(fc.record({ path: text, bytes: size })) }),
    cut: fc.array(text, { minLength: 1 }),
  },
  { requiredKeys: ['schema', 'os', 'packages', 'services', 'listening', 'users', 'repositories', 'disk'] },
) as fc.Arbitrary<Inventory>;
