import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutPins, withPins } from '../../../shared/template/pins.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

const bodyOf = (...customize: object[]): unknown => ({ location: 'x', properties: { customize } });

test('what was left open is shown filled in, and what the author wrote stays', () => {
  const body = bodyOf(
    { type: 'Shell', scriptUri: 'https://x/1' },
    { type: 'Shell', scriptUri: 'https://x/2', sha256Checksum: B },
    { type: 'Shell', inline: ['true'] },
    { type: 'File', sourceUri: 'https://x/4', sha256Checksum: '' },
  );
  const shown = withPins({ body, pins: { 'customize/0': A, 'customize/1': A, 'customize/3': A } });
  assert.deepEqual(
    (shown as any).properties.customize.map((step: any) => step.sha256Checksum),
    [A, B, undefined, A],
  );
  assert.equal('validate' in (shown as any).properties, false, 'no field that the author has not written');
});

test('a checksum that its sender has only read is taken out; another one is an order', () => {
  const head = { body: bodyOf({ scriptUri: 'https://x/1' }), pins: { 'customize/0': A } };
  const sent = (sha256Checksum: string) => bodyOf({ scriptUri: 'https://x/1', sha256Checksum });
  assert.deepEqual(withoutPins(sent(A), head), head.body);
  assert.deepEqual(withoutPins(sent(B), head), sent(B));
  const written = { ...head, body: sent(A) };
  assert.deepEqual(withoutPins(sent(A), written), sent(A), 'the author wrote it');
  assert.deepEqual(withoutPins(sent(A), undefined), sent(A), 'a new template');
});

test('whatever the template, reading and sending back is no change', () => {
  const step = fc.record(
    {
      scriptUri: fc.constantFrom('https://x/1', ''),
      sourceUri: fc.constantFrom('https://x/2'),
      inline: fc.constant(['true']),
      sha256Checksum: fc.constantFrom(A, B, ''),
    },
    { requiredKeys: [] },
  );
  const steps = fc.array(step, { maxLength: 4 });
  const body = fc.record(
    { customize: steps, validate: fc.record({ inVMValidations: steps }, { requiredKeys: [] }) },
    { requiredKeys: [] },
  );
  const pins = fc.dictionary(
    fc.constantFrom('customize/0', 'customize/1', 'validate/inVMValidations/0'),
    fc.constantFrom(A, B),
  );
  fc.assert(
    fc.property(body, pins, (properties, pinned) => {
      const head = { body: { location: 'x', properties }, pins: pinned };
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
      assert.deepEqual(plain(withoutPins(withPins(head), head)), plain(head.body));
    }),
  );
});
