import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as heads from '../../../shared/model/documents/head.ts';
import * as runs from '../../../shared/model/documents/run.ts';
import type { Run, TemplateHead } from '../../../shared/model/documents/documents.ts';
import type { RunId } from '../../../shared/model/template.ts';

// Whole documents and not fields: what is stored beside what was meant is read by the next version of Kiln.

const ref = { subscriptionId: 's', resourceGroup: 'g', name: 'web' };
const at = '2026-11-29T10:00:00.000Z';
const later = '2026-11-29T11:00:00.000Z';
const id = 'r1' as RunId;
const anna = { id: 'anna' } as never;
const content = { body: {}, bodyApiVersion: '2024-02-01', operationId: 'O1', changedAt: at };
const first = heads.created(ref, content);
const head = heads.accepted(first, {});
const run: Run = {
  ...{ schema: 1, id, ref, revision: 1, state: 'Running', subState: 'Queued' },
  ...{ startTime: at, message: '', reason: 'manual', outputs: [] },
};
const { subState: _subState, ...plain } = run;
const must = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};

test('a template that is new has its first revision, and is made by who submits it', () => {
  const expected = { schema: 1, ref, revision: 1, provisioningState: 'Creating', createdAt: at, ...content };
  assert.deepEqual(first, expected);
  const by = heads.created(ref, { ...content, changedBy: anna });
  assert.deepEqual(by, { ...expected, createdBy: anna, changedBy: anna });
});

test('of an accepted template is stored what was found out, and nothing of what was not', () => {
  assert.deepEqual(head, { ...first, provisioningState: 'Succeeded' });
  assert.deepEqual(
    heads.accepted(first, { identities: [], notCarriedOut: [], warnings: [], pins: {} }),
    head,
  );
  const found = {
    exactVersion: '1.2.3',
    identities: ['i'],
    notCarriedOut: ['n'],
    warnings: ['w'],
    pins: { '/customize/0': 'b' },
  } as never;
  assert.deepEqual(heads.accepted(first, found), { ...head, ...(found as object) });
  assert.deepEqual(heads.accepted(heads.accepted(first, found), {}).pins, { '/customize/0': 'b' });
});

test('a template that goes says so, and by whose operation', () => {
  const going = heads.deleting(head, { operationId: 'D', changedAt: later });
  assert.deepEqual(going, { ...head, provisioningState: 'Deleting', operationId: 'D', changedAt: later });
});

test('a claim says who asked for the run, and forgets who asked for the one before', () => {
  const lastRun = { id, state: 'Running', subState: 'Queued', startTime: at, message: '' };
  const asked = heads.claimed(head, { id, startTime: at, requestedBy: anna });
  assert.deepEqual(asked, { ...head, activeRun: id, lastRun, requestedBy: anna });
  assert.deepEqual(heads.claimed(asked, { id, startTime: at }), { ...head, activeRun: id, lastRun });
  const redistribution = { instance: 'i', attempt: 1, operationId: 'O' } as never;
  const again = heads.claimed(asked, { id, startTime: at, subState: 'Distributing', redistribution });
  assert.deepEqual(again, { ...asked, redistribution, lastRun: { ...lastRun, subState: 'Distributing' } });
});

test('a head shows how far its run is', () => {
  const { state, startTime, message } = run;
  const shown = heads.progressed(head, { ...run, subState: 'Building' });
  assert.deepEqual(shown, { ...head, lastRun: { id, state, subState: 'Building', startTime, message } });
});

test('a template that has failed is disabled with all that it had, and one that has not is not', () => {
  const off = { at, reason: 'x' };
  const failed: TemplateHead = { ...head, failures: 1 };
  assert.deepEqual(heads.disabled(failed, off), { ...failed, refreshDisabled: off });
  assert.equal(heads.disabled({ ...head, failures: 0 }, off), undefined);
});

test('what was built is what the last run with an image was built of, when that run ended', () => {
  const built = { runId: id, at: later, fingerprint: 'f' } as never;
  const over = { ...run, endTime: later, fingerprint: 'f' } as unknown as Run;
  assert.deepEqual(heads.withOutcome(head, { ...over, state: 'Succeeded' }), { ...head, built });
  assert.deepEqual(heads.withOutcome(head, { ...over, state: 'PartiallySucceeded' }), { ...head, built });
  assert.deepEqual(heads.withOutcome(head, { ...over, state: 'Canceled' }), head);
  assert.deepEqual(heads.withOutcome({ ...head, built }, { ...run, state: 'Succeeded' }), { ...head, built });
  assert.deepEqual(heads.withOutcome(head, { ...run, state: 'Succeeded' }), head);
});

test('a plan that carries everything out leaves no note, and a step further is nothing else than that', () => {
  assert.deepEqual(runs.planned(run, { source: 'x', notCarriedOut: [] }), { ...run, source: 'x' });
  assert.deepEqual(runs.furthered(run, 'Building'), { ...run, subState: 'Building' });
  assert.equal(runs.furthered({ ...run, subState: 'Building' }, 'Building'), undefined);
});

test('a machine is noted anew when one of its facts is another, and an inventory beside it', () => {
  const noted = { ...run, vmSize: 'a', agent: '2.9' } as Run;
  assert.deepEqual(runs.onMachine(noted, { agent: '3.0' }), { ...noted, agent: '3.0' });
  assert.deepEqual(runs.onMachine(noted, { vmSize: 'b' }), { ...noted, vmSize: 'b' });
  assert.equal(runs.onMachine(noted, { agent: '2.9' }), undefined);
  assert.equal(runs.onMachine(noted, { vmSize: 'a', agent: '2.9' }), undefined);
  assert.deepEqual(runs.onMachine(noted, { vmSize: 'b', agent: '2.9' }), { ...noted, vmSize: 'b' });
  assert.deepEqual(runs.listed(run, { packages: 1 } as never), { ...run, inventory: { packages: 1 } });
});

test('whoever reads the disk first reads it alone, until he has done', () => {
  const reading = must(runs.withReader(run, 1));
  assert.deepEqual(reading, { ...run, diskReader: 1 });
  assert.deepEqual(runs.withoutReader(reading), run);
});

test('a cancel says who wished it, when that is known', () => {
  const asked = { ...plain, state: 'Canceling', message: runs.CANCELING, cancelRequestedAt: later };
  assert.deepEqual(runs.canceling(run, { at: later }), asked);
  assert.deepEqual(runs.canceling(run, { at: later, by: anna }), { ...asked, canceledBy: anna });
});

test('an end has its message, its failure and the clean-up that is known of, and no empty words', () => {
  const failure = { code: 'CustomizerFailed', message: 'exit 7' } as const;
  const over = { ...plain, state: 'Failed', message: 'm', endTime: later };
  assert.deepEqual(runs.ended(run, { state: 'Failed', message: 'm', endedAt: later }), over);
  const failed = runs.ended(run, { state: 'Failed', message: 'm', endedAt: later, failure });
  assert.deepEqual(failed, { ...over, error: failure });
  const noted = runs.ended(
    { ...run, notCarriedOut: ['n'] },
    { state: 'Succeeded', message: '', endedAt: later },
  );
  assert.equal(noted?.message, 'n');
});

test('what is kept says until when, may stay longer, and may go before', () => {
  assert.deepEqual(runs.cleanedUp(run, { cleanup: 'done' }), { ...run, cleanup: 'done' });
  const kept = must(runs.cleanedUp(run, { cleanup: 'kept', keptUntil: at, retryUntil: at }));
  assert.deepEqual(kept, { ...run, cleanup: 'kept', keptUntil: at, retryUntil: at });
  assert.deepEqual(runs.cleanedUp({ ...run, retryUntil: at }, { cleanup: 'kept' }), {
    ...run,
    cleanup: 'kept',
    retryUntil: at,
  });
  assert.deepEqual(runs.keptLonger(kept, later), { ...kept, keptUntil: later, retryUntil: later });
  const lease = must(runs.cleanedUp(run, { cleanup: 'kept', keptUntil: at }));
  assert.deepEqual(runs.keptLonger(lease, later), { ...lease, keptUntil: later });
  assert.deepEqual(runs.released(kept, later), { ...run, cleanup: 'deferred', releasedAt: later });
});

test('a run that runs again keeps its end as it was, and has all ends that it had', () => {
  const error = { code: 'CustomizerFailed', message: 'exit 7' } as const;
  const over = {
    ...{ ...plain, state: 'Failed', message: 'm', endTime: later, error, source: 's' },
    ...{ inventory: { packages: 1 }, cleanup: 'done' },
  } as unknown as Run;
  const again = must(runs.reopened(over, 1));
  const { state, message, startTime, endTime, outputs, source, inventory } = over;
  const end = { state, message, startTime, endTime, error, outputs, source, inventory };
  const open = { state: 'Running', subState: 'Distributing', message: '' };
  assert.deepEqual(again, { ...plain, source, inventory, attempt: 1, earlierEnds: [end], ...open });
  const bare = { state: 'Running', message: '', startTime: at, outputs: [] };
  assert.deepEqual(runs.reopened(run, 1)?.earlierEnds, [bare]);
  const third = runs.reopened({ ...plain, attempt: 1, earlierEnds: [end] } as unknown as Run, 2);
  assert.deepEqual(third?.earlierEnds, [end, { ...bare, attempt: 1 }]);
});
