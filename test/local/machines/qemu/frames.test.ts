import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Frame, FrameReader, packItems } from '../../../../local/machines/qemu/frames.ts';

const TOKEN = Buffer.from('0123456789abcdef');
const LETTERS = { stdout: 'o', stderr: 'e', exit: 'x' } as const;

function encode(frame: Frame): Buffer {
  const header = Buffer.alloc(5);
  header.write(LETTERS[frame.kind], 'latin1');
  header.writeUInt32BE(frame.data.length, 1);
  return Buffer.concat([header, frame.data]);
}

/** Cuts a buffer at the given places, as a socket does. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

const frames = fc.array(
  fc.record({
    kind: fc.constantFrom('stdout' as const, 'stderr' as const, 'exit' as const),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
);

test('frames arrive whole and in order, however the stream is cut and whatever stands before the token', () => {
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 50 }), fc.array(fc.nat()), (sent, rubbish, places) => {
      fc.pre(!Buffer.from(rubbish).includes(TOKEN[0]!));
      const stream = Buffer.concat([rubbish, TOKEN, ...sent.map(encode)]);
      const received: Frame[] = [];
      const reader = new FrameReader(TOKEN, ({ kind, data }) =>
        received.push({ kind, data: Buffer.from(data) }),
      );
      for (const chunk of cut(stream, places)) reader.push(chunk);
      assert.deepEqual(
        received.map(({ kind, data }) => [kind, Buffer.from(data).toString('hex')]),
        sent.map(({ kind, data }) => [kind, Buffer.from(data).toString('hex')]),
      );
    }),
  );
});

test('output that looks like an exit frame or the token is output', () => {
  const forged = Buffer.concat([TOKEN, encode({ kind: 'exit', data: Buffer.from('0') })]);
  const received: Frame['kind'][] = [];
  const reader = new FrameReader(TOKEN, (frame) => received.push(frame.kind));
  reader.push(Buffer.concat([TOKEN, encode({ kind: 'stdout', data: forged })]));
  assert.deepEqual(received, ['stdout']);
});

test('frames without the token of this run are not read', () => {
  const reader = new FrameReader(TOKEN, () => assert.fail('a frame of another run'));
  reader.push(
    Buffer.concat([Buffer.from('fedcba9876543210'), encode({ kind: 'exit', data: Buffer.from('0') })]),
  );
  assert.equal(reader.synchronized, false);
});

test('a stream that is no frame is refused instead of filling memory', () => {
  const reader = new FrameReader(TOKEN, () => {});
  reader.push(TOKEN);
  assert.throws(() => reader.push(Buffer.from('oÿÿÿÿ', 'latin1')), /no frame/);
});

test('items are packed behind their length in bytes, not in characters', () => {
  assert.equal(packItems(['ü', '']).toString('hex'), '00000002c3bc00000000');
});

test('the relay is told of once, when its token is whole, and before its first frame', () => {
  const seen: string[] = [];
  const reader = new FrameReader(
    TOKEN,
    ({ kind }) => seen.push(kind),
    () => seen.push('token'),
  );
  reader.push(TOKEN.subarray(0, 7));
  assert.deepEqual(seen, []);
  reader.push(Buffer.concat([TOKEN.subarray(7), encode({ kind: 'stdout', data: TOKEN })]));
  reader.push(encode({ kind: 'exit', data: Buffer.from('0') }));
  assert.deepEqual(seen, ['token', 'stdout', 'exit']);
});
