import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isFresh, versionOf } from '../../../local/images/base-image.ts';
import { placeGrub } from '../../../local/images/debian/bios-grub.ts';
import { defaultCacheDir } from '../../../local/images/marketplace.ts';
import { probePrerequisites } from '../../../local/images/prerequisites.ts';

test('a version is the day of the build, and is fresh for 30 days', () => {
  const day = new Date('2026-11-23T23:59:00Z');
  assert.equal(versionOf(day), '12.20261123.0');
  assert.ok(isFresh('12.20261025.0', day));
  assert.ok(!isFresh('12.20261023.0', day));
});

test('the boot sector of GRUB names the first sector of its core, and the core names the rest of itself', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 513, max: 100_000 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      (size, sector) => {
        const placed = placeGrub(new Uint8Array(512), new Uint8Array(size).fill(7), sector);
        assert.equal(placed.code.length, 440, 'the partition table is not touched');
        assert.equal(placed.code.readBigUInt64LE(0x5c), BigInt(sector));
        assert.equal(placed.core.readBigUInt64LE(0x1f4), BigInt(sector + 1));
        assert.equal(placed.core.readUInt16LE(0x1fc) + 1, placed.core.length / 512);
        assert.equal(placed.core.length, Math.ceil(size / 512) * 512);
      },
    ),
  );
});

test('missing programs are named with one line that installs them', async () => {
  const found = await probePrerequisites('machines', { root: false, path: ['/nonexistent'] });
  assert.ok(found.missing.includes('qemu-system-x86_64'));
  assert.match(found.remedy, /^sudo apt-get install -y --no-install-recommends qemu-system-x86 qemu-utils/);
});

test('without root, the package for user namespaces is needed to make an image', async () => {
  const path = ['/nonexistent'];
  assert.ok((await probePrerequisites('images', { root: false, path })).packages.includes('uidmap'));
  assert.ok(!(await probePrerequisites('images', { root: true, path })).packages.includes('uidmap'));
});

test('KILN_CACHE is preferred to the cache folder of the desktop', () => {
  assert.equal(defaultCacheDir({ KILN_CACHE: '/k', XDG_CACHE_HOME: '/x' }), '/k');
  assert.equal(defaultCacheDir({ XDG_CACHE_HOME: '/x' }), '/x/kiln/images');
  assert.match(defaultCacheDir({}), /\/\.cache\/kiln\/images$/);
});
