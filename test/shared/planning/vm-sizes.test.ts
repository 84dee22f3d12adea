import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSizes, sizesToTry } from '../../../shared/planning/vm-sizes.ts';
import { aSize } from '../planning/world.ts';

const x64 = { architecture: 'x64', generation: 'V2', security: 'Standard' } as const;
const arm64 = { ...x64, architecture: 'Arm64' } as const;
const armSize = (name: string, trustedLaunch: boolean) =>
  aSize(name, { architecture: 'Arm64', generations: ['V2'], trustedLaunch });

test('an Arm64 source is never built on an x64 size, and with trusted launch on the newest only', () => {
  assert.deepEqual(defaultSizes(arm64), ['Standard_D2ps_v6', 'Standard_D2ps_v5', 'Standard_B2ps_v2']);
  assert.deepEqual(defaultSizes({ ...arm64, security: 'TrustedLaunch' }), ['Standard_D2ps_v6']);
  assert.ok(defaultSizes(x64).every((name) => !/ps_/.test(name)));
});

test('sizes that the region has not, or that do not fit, are left out of the walk', () => {
  const known = new Map([armSize('Standard_D2ps_v5', false), armSize('Standard_B2ps_v2', true)]);
  assert.deepEqual(sizesToTry(arm64, known), ['Standard_D2ps_v5', 'Standard_B2ps_v2']);
  const some = new Map([
    aSize('Standard_D2as_v5', { restricted: 'NotAvailableForSubscription' }),
    aSize('Standard_B2ms'),
  ]);
  assert.deepEqual(sizesToTry(x64, some), ['Standard_B2ms']);
});

test('without knowledge, or with none that fits, all of them are tried', () => {
  assert.deepEqual(sizesToTry(x64, undefined), defaultSizes(x64));
  assert.deepEqual(sizesToTry(x64, new Map()), defaultSizes(x64));
});
