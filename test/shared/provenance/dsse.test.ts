import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { derOf, preAuthEncoding, sealed } from '../../../shared/provenance/dsse.ts';
import type { Signer } from '../../../shared/ports/signer.ts';
import { parseEnvelope } from '../../../cli/api/envelope.ts';
import { openEnvelope } from '../../../cli/provenance/envelope.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { privateKey, publicKey } = pair();
const signer: Signer = {
  sign: (bytes) =>
    Promise.resolve({
      keyId: 'test',
      signature: sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    }),
};
const TYPE = 'application/vnd.in-toto+json';

/** As the verifier reads it from a file. */
function parsed(envelope: unknown) {
  const found = parseEnvelope(JSON.parse(JSON.stringify(envelope)));
  assert.ok(found);
  return found;
}

describe('DSSE', () => {
  test('what is signed is what the protocol says', () => {
    // The example of https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#test-vectors
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    assert.equal(encoded.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    assert.match(preAuthEncoding('é', new Uint8Array()).toString(), /^DSSEv1 2 é 0 $/);
  });

  test('two pairs of type and payload never have the same encoding', () => {
    const part = fc.string({ unit: fc.constantFrom('a', ' ', '1', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(part, part, part, part, (type, payload, otherType, other) => {
        fc.pre(type !== otherType || payload !== other);
        const one = preAuthEncoding(type, Buffer.from(payload));
        assert.ok(!Buffer.from(one).equals(preAuthEncoding(otherType, Buffer.from(other))));
      }),
    );
  });

  test('a signature of a vault becomes one that OpenSSL reads, whatever its numbers are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const raw = sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        assert.ok(verify('sha256', bytes, { key: publicKey, dsaEncoding: 'der' }, derOf(raw)));
      }),
      { numRuns: 300 },
    );
    const small = Buffer.alloc(64);
    small[31] = 0x80;
    assert.deepEqual([...derOf(small)], [0x30, 7, 2, 2, 0, 0x80, 2, 1, 0]);
  });

  test('what was sealed is opened by its key alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (payload) => {
        const envelope = parsed(await sealed(TYPE, Buffer.from(payload), signer));
        assert.deepEqual(openEnvelope(envelope, publicKey), JSON.parse(payload));
        assert.throws(() => openEnvelope(envelope, pair().publicKey), /another key has signed it/);
      }),
      { numRuns: 30 },
    );
  });

  test('one changed bit of payload, type or signature is refused', async () => {
    const payload = Buffer.from('{"subject":[{"name":"web.vhd"}]}');
    const envelope = await sealed(TYPE, payload, signer);
    const bit = fc.nat().chain((at) => fc.nat(7).map((mask) => ({ at, mask: 1 << mask })));
    fc.assert(
      fc.property(bit, fc.constantFrom('payload', 'sig'), ({ at, mask }, part) => {
        const [only] = envelope.signatures;
        const bytes = part === 'payload' ? Buffer.from(payload) : Buffer.from(only?.sig ?? '', 'base64');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        const text = bytes.toString('base64');
        const changed =
          part === 'payload'
            ? { ...envelope, payload: text }
            : { ...envelope, signatures: [{ keyid: 'test', sig: text }] };
        assert.throws(() => openEnvelope(parsed(changed), publicKey), /changed/);
      }),
    );
    assert.throws(
      () => openEnvelope(parsed({ ...envelope, payloadType: 'text/plain' }), publicKey),
      /changed/,
    );
  });

  test('an envelope that nobody has signed proves nothing', async () => {
    const envelope = parsed(await sealed(TYPE, Buffer.from('{}'), undefined));
    assert.throws(() => openEnvelope(envelope, publicKey), /Nobody has signed it/);
  });
});
