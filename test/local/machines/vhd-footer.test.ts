import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { FOOTER_BYTES, geometry, readFooter, writeFooter } from '../../../local/machines/vhd-footer.ts';

const MIB = 1024 * 1024;
const footers = fc.record({
  size: fc.integer({ min: 1, max: 4 * 1024 * 1024 }).map((count) => count * MIB),
  uniqueId: fc.uuid(),
  createdAt: fc.integer({ min: 946_684_800, max: 5_000_000_000 }).map((seconds) => seconds * 1000),
});

describe('the footer of a fixed VHD', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(footers, (footer) => assert.deepEqual(readFooter(writeFooter(footer)), { ...footer })),
    );
  });

  test('carries cookie, version, type and both sizes where the specification says', () => {
    const footer = writeFooter({
      size: 30 * 1024 * MIB,
      uniqueId: '00010203-0405-0607-0809-0a0b0c0d0e0f',
      createdAt: 946_684_801_000,
    });
    assert.equal(footer.length, FOOTER_BYTES);
    assert.equal(footer.toString('latin1', 0, 8), 'conectix');
    assert.deepEqual([footer.readUInt32BE(8), footer.readUInt32BE(12)], [2, 0x1_0000]);
    assert.equal(footer.readBigUInt64BE(16), 0xffff_ffff_ffff_ffffn);
    assert.equal(footer.readUInt32BE(24), 1);
    assert.equal(footer.readBigUInt64BE(40), BigInt(30 * 1024 * MIB));
    assert.equal(footer.readBigUInt64BE(48), BigInt(30 * 1024 * MIB));
    assert.equal(footer.readUInt32BE(60), 2);
    assert.equal(footer.toString('hex', 68, 84), '000102030405060708090a0b0c0d0e0f');
  });

  test("sums to the one's complement of its other bytes", () => {
    fc.assert(
      fc.property(footers, (wanted) => {
        const footer = writeFooter(wanted);
        const copy = Buffer.from(footer);
        copy.fill(0, 64, 68);
        const sum = copy.reduce((total, byte) => total + byte, 0);
        assert.equal((footer.readUInt32BE(64) ^ sum) >>> 0, 0xffff_ffff);
      }),
    );
  });

  test('is not read when a byte has changed', () => {
    fc.assert(
      fc.property(
        footers,
        fc.integer({ min: 0, max: FOOTER_BYTES - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (wanted, at, change) => {
          const footer = writeFooter(wanted);
          footer[at] = (footer[at] ?? 0) ^ change;
          assert.equal(readFooter(footer), undefined);
        },
      ),
    );
  });

  test('is refused for a size that Azure would refuse', () => {
    for (const size of [0, -MIB, MIB + 512, 1.5])
      assert.throws(() => writeFooter({ size, uniqueId: '', createdAt: 0 }), RangeError);
  });

  test('has a geometry that does not exceed the disk and comes near it', () => {
    fc.assert(
      fc.property(footers, ({ size }) => {
        const { cylinders, heads, sectorsPerTrack } = geometry(size);
        assert.ok(cylinders <= 65_535 && heads <= 16 && sectorsPerTrack <= 255);
        const bytes = cylinders * heads * sectorsPerTrack * 512;
        assert.ok(bytes <= size);
        if (size < 127 * 1024 * MIB) assert.ok(size - bytes < 2 * 16 * 255 * 512, `${size} ${bytes}`);
      }),
    );
  });

  test('has the geometry that the specification gives for known sizes', () => {
    // As qemu-img and Windows write it.
    assert.deepEqual(geometry(2 * 1024 * MIB), { cylinders: 4161, heads: 16, sectorsPerTrack: 63 });
  });
});
