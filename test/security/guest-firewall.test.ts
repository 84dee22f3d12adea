import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { qemuArguments } from '../../local/machines/qemu/arguments.ts';
import { FrameFilter, mayLeave, type Reach } from '../../local/machines/qemu/guest-firewall.ts';
import { reachOf } from '../../local/machines/qemu/guest-network.ts';

const OWN = '192.168.7.20';
const reach: Reach = { own: () => [OWN], services: [{ address: '10.0.2.2', port: 3128 }] };

type Fields = {
  to: string;
  port?: number;
  protocol?: number;
  type?: number;
  fragment?: number;
  options?: number;
};

function frame({ to, port = 80, protocol = 6, type = 0x0800, fragment = 0, options = 0 }: Fields): Buffer {
  const bytes = Buffer.alloc(14 + 20 + options * 4 + 8);
  bytes.writeUInt16BE(type, 12);
  bytes.writeUInt8(0x45 + options, 14);
  bytes.writeUInt16BE(fragment, 20);
  bytes.writeUInt8(protocol, 23);
  bytes.set(to.split('.').map(Number), 30);
  bytes.writeUInt16BE(port, 34 + options * 4 + 2);
  return bytes;
}

const leaves = (fields: Fields): boolean => mayLeave(frame(fields), reach);

test('no port of the host can be reached from a guest, under any of its addresses', () => {
  const last = fc.integer({ min: 0, max: 255 });
  const closed = fc.oneof(
    last.map((n) => `10.0.2.${n}`),
    fc.tuple(last, last, last).map((rest) => `127.${rest.join('.')}`),
    fc.tuple(last, last, last).map((rest) => `0.${rest.join('.')}`),
    fc.tuple(last, last).map((rest) => `169.254.${rest.join('.')}`),
    fc.constantFrom(OWN, '255.255.255.255', '224.0.0.251', '239.255.255.250'),
  );
  const some = { port: fc.integer({ min: 0, max: 65_535 }), options: fc.integer({ min: 0, max: 5 }) };
  const protocol = fc.constantFrom(1, 6, 17, 41, 47, 50, 132);
  fc.assert(
    fc.property(fc.record({ to: closed, protocol, ...some }), (fields) => {
      const { to, port } = fields;
      fc.pre(!(port === 53 && to === '10.0.2.3') && port !== 67 && !(port === 3128 && to === '10.0.2.2'));
      assert.equal(leaves(fields), false);
    }),
    { numRuns: 2000 },
  );
});

test('what a guest needs goes through: addresses, names, the outside, and a named proxy', () => {
  for (const fields of [
    { to: '255.255.255.255', port: 67, protocol: 17 },
    { to: '10.0.2.3', port: 53, protocol: 17 },
    { to: '10.0.2.3', port: 53 },
    { to: '151.101.2.132', port: 443 },
    { to: '151.101.2.132', port: 443, options: 3 },
    { to: '10.1.2.3', port: 8080 },
    { to: '10.0.2.2', port: 3128 },
  ])
    assert.equal(leaves(fields), true, JSON.stringify(fields));
  assert.equal(mayLeave(frame({ to: '0.0.0.0', type: 0x0806 }), reach), true, 'ARP');
});

test('other protocols, fragments and broken packets to the host stay inside', () => {
  for (const type of [0x86dd, 0x8100, 0x88a8, 0x0000])
    assert.equal(leaves({ to: '151.101.2.132', type }), false);
  assert.equal(leaves({ to: '10.0.2.2', port: 3128, fragment: 1 }), false);
  assert.equal(leaves({ to: '10.0.2.2', port: 3128, protocol: 17 }), false);
  assert.equal(leaves({ to: '10.0.2.3', port: 53, fragment: 1 }), false);
  for (const length of [0, 13, 14, 30, 33]) {
    const cut = frame({ to: '151.101.2.132' }).subarray(0, length);
    assert.equal(mayLeave(cut, reach), false, String(length));
  }
  assert.equal(
    mayLeave(frame({ to: '10.0.2.2', port: 3128 }).subarray(0, 36), reach),
    false,
    'without a port',
  );
});

test('frames are found however the stream is cut, and none is changed', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 20 });
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 50 }), (all, size) => {
      const wrapped = (list: readonly Uint8Array[]) =>
        Buffer.concat(
          list.flatMap((one) => {
            const head = Buffer.alloc(4);
            head.writeUInt32BE(one.length);
            return [head, one];
          }),
        );
      const even = (one: Uint8Array) => one.length % 2 === 0;
      const filter = new FrameFilter(even);
      const stream = wrapped(all);
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
        filter.push(stream.subarray(index * size, (index + 1) * size)),
      );
      assert.deepEqual(Buffer.concat(pieces), wrapped(all.filter(even)));
    }),
  );
  assert.throws(() => new FrameFilter(() => true).push(Buffer.from('ffffffff', 'hex')), /no frame/);
});

test('a proxy of the host, and an origin that downloads may come from, are the services that a guest may reach', () => {
  const options = ['Acquire::http::Proxy "http://user:secret@10.0.2.2:3128";'];
  const { services } = reachOf(options, { KILN_URL_ALLOW: 'http://10.0.2.2:8080,https://example.com' });
  assert.deepEqual(services, [
    { address: '10.0.2.2', port: 3128 },
    { address: '10.0.2.2', port: 8080 },
  ]);
  assert.deepEqual(reachOf([], {}).services, []);
});

test('QEMU leads each frame through the filter once: the way back in is named before the way out', () => {
  const given = qemuArguments({
    ...{ accelerator: 'tcg', generation: 'V1', memoryMiB: 512, cpus: 1, disk: 'd', dataDisks: [] },
    ...{ sockets: 's', variables: 'v' },
  });
  const filters = given.filter((argument) => argument.startsWith('filter-redirector,'));
  assert.deepEqual(
    filters.map((filter) => /indev|outdev/.exec(filter)?.[0]),
    ['indev', 'outdev'],
  );
});
