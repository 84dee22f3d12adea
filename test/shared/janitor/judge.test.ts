import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runTags } from '../../../shared/model/tags.ts';
import { judge, originOf } from '../../../shared/janitor/judge.ts';
import { runId } from '../../../shared/model/convert.ts';
import { REF, SUBSCRIPTION } from '../../support/sample-templates.ts';

const run = { ref: REF, runId: runId('0badcafe-0000-4000-8000-000000000001'), revision: 1 };
const EXPIRES = '2030-01-01T12:00:00.000Z';
const tags = runTags('kiln', run, EXPIRES);
const before = new Date('2030-01-01T11:59:59Z');
const after = new Date('2030-01-01T12:00:00Z');

test('the tags of a run tell its template, itself and its end', () => {
  assert.deepEqual(originOf(tags, 'kiln', SUBSCRIPTION), {
    ref: REF,
    runId: run.runId,
    expires: new Date(EXPIRES),
  });
  const upper = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.toUpperCase(), value]));
  assert.notEqual(originOf(upper, 'kiln', SUBSCRIPTION), undefined, 'Azure compares tag names without case');
});

test('two templates of one name in two subscriptions are not taken for each other', () => {
  assert.equal(tags['kiln-template'], `${REF.subscriptionId}/${REF.resourceGroup}/${REF.name}`);
  assert.equal(originOf(tags, 'kiln', '11111111-0000-4000-8000-000000000009'), undefined);
  const old = { ...tags, 'kiln-template': `${REF.resourceGroup}/${REF.name}` };
  assert.deepEqual(originOf(old, 'kiln', SUBSCRIPTION)?.ref, REF, 'as 0.1.0 wrote it');
  const deeper = { ...tags, 'kiln-template': `${tags['kiln-template']}/more` };
  assert.equal(originOf(deeper, 'kiln', SUBSCRIPTION), undefined);
});

test('what lacks any of our tags, or has one that is not well-formed, is not ours', () => {
  for (const name of Object.keys(tags)) {
    const { [name]: _removed, ...fewer } = tags;
    assert.equal(originOf(fewer, 'kiln', SUBSCRIPTION), undefined, `without ${name}`);
    assert.equal(originOf({ ...tags, [name]: 'nonsense' }, 'kiln', SUBSCRIPTION), undefined, `bad ${name}`);
  }
  assert.equal(originOf(tags, 'another', SUBSCRIPTION), undefined, 'of another deployment');
});

test('arbitrary tags are never taken for ours', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (some) => {
      assert.equal(originOf(some, 'kiln', SUBSCRIPTION), undefined);
    }),
  );
});

const origin = originOf(tags, 'kiln', SUBSCRIPTION);
assert.ok(origin);
const end = '2030-01-01T08:00:00.000Z';

for (const [what, facts, now, remove] of [
  ['a live run keeps its group beyond its time', { run: {}, isLive: true }, after, false],
  ['a run that is gone leaves its group until its time', { run: undefined, isLive: false }, before, false],
  ['and not longer', { run: undefined, isLive: false }, after, true],
  [
    'a deferred clean-up is done at once',
    { run: { endTime: end, cleanup: 'deferred' }, isLive: false },
    before,
    true,
  ],
  [
    'a run that ended without a clean-up is cleaned up',
    { run: { endTime: end }, isLive: false },
    before,
    true,
  ],
  [
    'what was kept on purpose stays until its time',
    { run: { endTime: end, cleanup: 'kept' }, isLive: false },
    before,
    false,
  ],
  ['and goes then', { run: { endTime: end, cleanup: 'kept' }, isLive: false }, after, true],
] as const)
  test(what, () => {
    const verdict = judge(origin, { ...facts, entry: { expires: EXPIRES } }, now);
    assert.equal(verdict.remove, remove, verdict.reason);
  });
