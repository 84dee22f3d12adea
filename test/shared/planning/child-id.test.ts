import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { childId, LONGEST_ID } from '../../../shared/planning/child-id.ts';

const RUN = '2b0e3f0a-6c40-4b5a-8a77-695ea1ca5b09';
const idOf = (root: string, ...parts: string[]): string => parts.reduce(childId, root);

test('the longest chain over the longest region name and nine attempts is short enough', () => {
  const region = 'australiasoutheast';
  for (let attempt = 0; attempt <= 9; attempt += 1)
    for (const chain of [
      ['distribute', 'target-19', `boot-${region}`, `smoke-19-${region}-machine-${attempt}`, 'wait'],
      ['distribute', 'target-19', `boot-${region}`, `step-99`, 'step-099-9-after-restart'],
      ['distribute', 'target-19', `region-${region}`, 'watch'],
    ])
      for (const root of [RUN, `${RUN}-r${attempt}`]) {
        const id = idOf(root, ...chain);
        assert.ok(id.length <= LONGEST_ID, `${id.length}: ${id}`);
        assert.ok(id.startsWith(`${root}:`), id);
        assert.ok(id.endsWith(`:${chain.at(-1) ?? ''}`), id);
      }
});

test('an id that is short enough is as it was: cancels and approvals of builds under way find it', () => {
  assert.equal(idOf(RUN, 'distribute', 'target-1'), `${RUN}:distribute:target-1`);
  assert.equal(idOf(RUN, 'slot'), `${RUN}:slot`);
});

test('different children have different ids, and the same child the same one', () => {
  const part = fc.stringMatching(/^[a-z0-9-]{1,38}$/);
  const chain = fc.array(part, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(chain, chain, (a, b) => {
      assert.ok(idOf(RUN, ...a).length <= LONGEST_ID);
      assert.equal(idOf(RUN, ...a) === idOf(RUN, ...b), a.join(':') === b.join(':'));
    }),
  );
});
