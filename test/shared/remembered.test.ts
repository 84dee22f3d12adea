import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Remembered } from '../../shared/remembered.ts';

test('what was asked for or given last is remembered, and never more than there is room for', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.record({ name: names, bytes: fc.nat(60), asks: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const memory = new Remembered<number>(100);
      // The oldest first, as the memory should have them.
      let model: { name: string; value: number; bytes: number }[] = [];
      for (const [value, { name, bytes, asks }] of steps.entries()) {
        const known = model.find((one) => one.name === name);
        model = model.filter((one) => one.name !== name);
        if (asks) {
          assert.equal(memory.get(name), known?.value);
          if (known !== undefined) model.push(known);
        } else {
          memory.set(name, value, bytes);
          model.push({ name, value, bytes });
          while (model.reduce((sum, one) => sum + one.bytes, 0) > 100) model.shift();
        }
      }
      for (const { name, value } of model) assert.equal(memory.get(name), value);
    }),
  );
});

test('a value that alone is too much is not kept, and neither is what was there before it', () => {
  const memory = new Remembered<string>(10);
  memory.set('a', 'small', 5);
  memory.set('b', 'small', 5);
  memory.set('a', 'large', 11);
  assert.deepEqual([memory.get('a'), memory.get('b')], [undefined, 'small']);
});
