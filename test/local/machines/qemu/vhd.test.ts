import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { footerChecksum, readVhdFooter, roundUpToMiB } from '../../../../local/machines/qemu/vhd.ts';

const MIB = 1024 * 1024;

function footer(size: number, type = 2): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('conectix', 'latin1');
  bytes.writeBigUInt64BE(BigInt(size), 48);
  bytes.writeUInt32BE(type, 60);
  bytes.writeUInt32BE(footerChecksum(bytes), 64);
  return bytes;
}

test('a size is rounded up to the next whole MiB, never by a MiB or more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (bytes) => {
      const rounded = roundUpToMiB(bytes);
      assert.ok(rounded % MIB === 0 && rounded >= bytes && rounded - bytes < MIB);
    }),
  );
});

test('a footer tells size and type', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (size) => {
      assert.deepEqual(readVhdFooter(footer(size)), { currentSize: size, type: 2 });
    }),
  );
});

test('a changed byte anywhere in a footer is noticed', () => {
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = footer(64 * MIB);
      bytes[at]! ^= change;
      assert.throws(() => readVhdFooter(bytes), /VHD footer/);
    }),
  );
});
