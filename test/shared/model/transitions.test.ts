import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  accepted,
  claimed,
  created,
  deleting,
  disabled,
  headCanceling,
  released,
  resubmitted,
  staged,
  withLine,
} from '../../../shared/model/documents/head.ts';
import {
  canceling,
  cleanedUp,
  ended,
  furthered,
  isOver,
  onMachine,
  planned,
  reopened,
  replacing,
  sweptUp,
  withOutput,
  withoutReader,
  withReader,
} from '../../../shared/model/documents/run.ts';
import type { Run, RunOutput, TemplateHead } from '../../../shared/model/documents/documents.ts';
import type { ResourceId, RunId } from '../../../shared/model/template.ts';

const ref = { subscriptionId: 's', resourceGroup: 'g', name: 'web' };
const at = '2026-11-29T10:00:00.000Z';
const id = 'r1' as RunId;
const other = 'r2' as RunId;
const content = {
  body: { location: 'westeurope' },
  bodyApiVersion: '2024-02-01',
  operationId: 'O1',
  changedAt: at,
};
const head = accepted(created(ref, content), {});
const run: Run = {
  schema: 1,
  id,
  ref,
  revision: 1,
  state: 'Running',
  subState: 'Queued',
  startTime: at,
  message: '',
  reason: 'manual',
  outputs: [],
};
const failure = { code: 'CustomizerFailed', message: 'exit 7' } as const;
const end = (state: Run['state']) => ({ state, message: 'm', endedAt: at }) as const;
const must = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};

test('a template that was refused says why, and a better one forgets it with all that was found out before', () => {
  const refused = accepted(created(ref, content), { failure });
  assert.equal(refused.provisioningState, 'Failed');
  assert.deepEqual(refused.provisioningError, failure);
  const known = accepted(head, {
    exactVersion: '1.2.3',
    notCarriedOut: ['x'],
    pins: { '/customize/0': 'b' },
  });
  const again = resubmitted({ ...known, failures: 3, refreshDisabled: { at, reason: 'x' } }, content);
  assert.deepEqual(Object.keys(again).toSorted(), Object.keys(created(ref, content)).toSorted());
  assert.equal(again.revision, 2);
  assert.equal(again.provisioningState, 'Updating');
});

test('only a revision that keeps its checksums says whose they are', () => {
  assert.equal(resubmitted(head, { ...content, keepsPins: true }).pinsFrom, 1);
  assert.equal(resubmitted(head, { ...content, keepsPins: false }).pinsFrom, undefined);
});

test('a run takes the template and gives it back, with how it ended', () => {
  const held = claimed(head, { id, startTime: at });
  assert.equal(held.activeRun, id);
  assert.equal(held.lastRun?.subState, 'Queued');
  const free = must(released(held, id, must(ended(run, end('Succeeded')))));
  assert.equal(free.activeRun, undefined);
  assert.equal(free.lastRun?.state, 'Succeeded');
});

test('nobody but the run that holds a template moves it on', () => {
  const held = claimed(head, { id, startTime: at });
  assert.equal(released(held, other, undefined), undefined);
  assert.equal(headCanceling(held, other), undefined);
  assert.equal(staged(held, other, '/g'), undefined);
  assert.equal(staged(held, id, '/g')?.exactStagingResourceGroup, '/g');
});

test('an older run that is distributed again holds the template and leaves the newest run in view', () => {
  const newest = must(
    released(claimed(head, { id: other, startTime: at }), other, { ...run, id: other, state: 'Failed' }),
  );
  const redistribution = { instance: 'i', attempt: 1, operationId: 'O' } as never;
  const held = claimed(newest, { id, startTime: at, subState: 'Distributing', redistribution });
  assert.equal(held.activeRun, id);
  assert.equal(held.lastRun?.id, other);
  assert.equal(released(held, id, run)?.lastRun?.id, other);
});

test('failures in a row are counted until one run succeeds, and a canceled one says nothing', () => {
  const after = (from: TemplateHead, state: Run['state']) =>
    must(released(claimed(from, { id, startTime: at }), id, { ...run, state }));
  const twice = after(after(head, 'Failed'), 'Failed');
  assert.equal(twice.failures, 2);
  assert.equal(after(twice, 'Canceled').failures, 2);
  assert.equal(after(twice, 'PartiallySucceeded').failures, 2);
  assert.equal(after(twice, 'Succeeded').failures, undefined);
  assert.equal(disabled(head, { at, reason: 'x' }), undefined);
  const off = must(disabled(twice, { at, reason: 'x' }));
  assert.equal(disabled(off, { at, reason: 'y' }), undefined);
});

test('a template that goes keeps what waits for it in view, and an empty line leaves no trace', () => {
  const line = [{ id, priority: 0, at }] as never;
  assert.deepEqual(deleting(withLine(head, line), { operationId: 'D', changedAt: at }).line, line);
  assert.equal('line' in withLine(withLine(head, line), []), false);
});

test('a cancel shows in the template and in the run, once', () => {
  const asked = must(canceling(run, { at }));
  assert.equal(asked.state, 'Canceling');
  assert.equal(asked.subState, undefined);
  assert.equal(canceling(asked, { at }), undefined);
  assert.equal(canceling(must(ended(run, end('Failed'))), { at }), undefined);
  assert.equal(headCanceling(claimed(head, { id, startTime: at }), id)?.lastRun?.state, 'Canceling');
});

test('the first end of a run counts, and tells what was not carried out', () => {
  const plan = { source: 's', stagingGroup: 'IT_x', notCarriedOut: ['optimize is not carried out.'] };
  const over = must(ended(planned(run, plan), { ...end('Failed'), failure, cleanup: 'done' }));
  assert.equal(over.message, 'm optimize is not carried out.');
  assert.equal(over.cleanup, 'done');
  assert.equal(ended(over, end('Succeeded')), undefined);
  assert.equal(furthered(over, 'Building'), undefined);
});

test('a run that was cleaned up has nothing to retry from, and what was put off is done later', () => {
  const kept = must(cleanedUp(run, { cleanup: 'kept', keptUntil: at, retryUntil: at }));
  assert.equal(cleanedUp(kept, { cleanup: 'kept' }), undefined);
  assert.equal(must(cleanedUp(kept, { cleanup: 'done' })).retryUntil, undefined);
  assert.equal(sweptUp(kept), undefined);
  assert.equal(sweptUp(must(cleanedUp(run, { cleanup: 'deferred' })))?.cleanup, 'done');
});

test('a run that is distributed again remembers its ends, and an older attempt changes nothing', () => {
  const over = must(
    withReader(must(ended(replacing(run, '/image' as ResourceId), { ...end('Failed'), failure })), 0),
  );
  const open = must(reopened(over, 1));
  assert.deepEqual(
    [open.state, open.endTime, open.error, open.diskReader, open.replacing],
    ['Running', undefined, undefined, undefined, undefined],
  );
  assert.equal(open.earlierEnds?.[0]?.state, 'Failed');
  assert.equal(reopened(open, 1), undefined);
});

test('what is noted twice is written once', () => {
  const noted = must(onMachine(run, { vmSize: 'Standard_D2s_v5' }));
  assert.equal(onMachine(noted, { vmSize: 'Standard_D2s_v5' }), undefined);
  assert.equal(must(onMachine(noted, { agent: '2.9' })).vmSize, 'Standard_D2s_v5');
  assert.equal(withReader(must(withReader(run, 1)), 2), undefined);
  assert.equal(withoutReader(run), undefined);
  assert.deepEqual(replacing(replacing(run, '/a' as ResourceId), '/a' as ResourceId).replacing, ['/a']);
  const output = (state: string) => ({ name: 'v', state }) as unknown as RunOutput;
  assert.deepEqual(withOutput(withOutput(run, output('Failed')), output('Succeeded')).outputs, [
    output('Succeeded'),
  ]);
});

test('whatever happens in whatever order, an end stays and the template is held exactly from claim to release', () => {
  const step = fc.constantFrom('further', 'cancel', 'succeed', 'fail', 'release', 'claim', 'reopen');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let [now, current, holds] = [head, run, false];
      for (const [index, name] of steps.entries()) {
        const before = current;
        if (name === 'further') current = furthered(current, 'Building') ?? current;
        if (name === 'cancel') current = canceling(current, { at }) ?? current;
        if (name === 'succeed') current = ended(current, end('Succeeded')) ?? current;
        if (name === 'fail') current = ended(current, end('Failed')) ?? current;
        if (name === 'reopen')
          current = (isOver(current) ? reopened(current, index + 1) : undefined) ?? current;
        if (name === 'claim') [now, holds] = [claimed(now, { id, startTime: at }), true];
        if (name === 'release') [now, holds] = [released(now, id, current) ?? now, false];
        if (isOver(before) && name !== 'reopen') assert.deepEqual(current, before);
        assert.equal(now.activeRun, holds ? id : undefined);
        assert.equal(isOver(current), current.endTime !== undefined);
      }
    }),
  );
});
