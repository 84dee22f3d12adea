import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canceledOutcome, outcomeOf } from '../../../shared/planning/outcome.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';

const good: RunOutput = { name: 'a', type: 'VHD', state: 'Succeeded', artifactUri: 'https://x/a.vhd' };
const bad: RunOutput = {
  name: 'b',
  type: 'VHD',
  state: 'Failed',
  error: { code: 'CaptureFailed', message: 'no disk' },
};
const partly: RunOutput = {
  name: 'c',
  type: 'SharedImage',
  state: 'Succeeded',
  regions: [
    { region: 'westeurope', state: 'Completed', seconds: 3 },
    { region: 'northeurope', state: 'Failed', seconds: 9 },
  ],
};

test('every target with every region is success', () => {
  assert.deepEqual(outcomeOf({ ok: true, value: [good] }), { state: 'Succeeded', message: '' });
});

test('one failed target among several is a partial success that names it', () => {
  const outcome = outcomeOf({ ok: true, value: [good, bad] });
  assert.equal(outcome.state, 'PartiallySucceeded');
  assert.match(outcome.message, /1 of 2 targets.*"b": no disk/);
});

test('a version that misses a region is a partial success that names the region', () => {
  const outcome = outcomeOf({ ok: true, value: [partly] });
  assert.equal(outcome.state, 'PartiallySucceeded');
  assert.match(outcome.message, /northeurope/);
});

test('a region whose VM was no good is told with its reason, apart from those without the version', () => {
  const error = {
    code: 'SmokeBootFailed',
    message: 'uksouth has version 1.0.0, but it did not boot',
  } as const;
  const regions = [
    ...(partly.regions ?? []),
    { region: 'uksouth', state: 'BootFailed', seconds: 3, error },
  ] as const;
  const { state, message } = outcomeOf({ ok: true, value: [{ ...partly, regions }] });
  assert.equal(state, 'PartiallySucceeded');
  assert.match(
    message,
    /did not get the version: northeurope\. uksouth has version 1\.0\.0, but it did not boot/,
  );
});

test('a canceled build ends as Canceled, any other failure as Failed', () => {
  assert.equal(outcomeOf({ ok: false, error: { code: 'RunCanceled', message: '' } }).state, 'Canceled');
  assert.equal(outcomeOf({ ok: false, error: { code: 'CustomizerFailed', message: 'x' } }).state, 'Failed');
});

test('a target, or one region of it, that a cancel kept from the image makes the run Canceled, not failed', () => {
  const canceled = { code: 'RunCanceled', message: 'The run was canceled at noon.' } as const;
  const stopped: RunOutput = { name: 'd', type: 'VHD', state: 'Failed', error: canceled };
  const halfway: RunOutput = {
    ...partly,
    regions: [{ region: 'uksouth', state: 'Failed', seconds: 1, error: canceled }],
  };
  for (const outputs of [[stopped], [good, stopped], [bad, stopped], [good, halfway]]) {
    const { state, failure } = outcomeOf({ ok: true, value: outputs });
    assert.equal(state, 'Canceled');
    assert.equal(failure?.code, 'RunCanceled');
  }
});

test('a cancel that came before the end was stored is carried out by it, and says what had been done', () => {
  assert.match(canceledOutcome({ state: 'Succeeded', message: '' }).message, /distributed everything/);
  const failed = outcomeOf({ ok: true, value: [good, bad] });
  const { state, failure } = canceledOutcome(failed);
  assert.equal(state, 'Canceled');
  assert.equal(failure?.details?.[0]?.code, 'DistributionFailed');
});

test('the cause of each region travels with its own code', () => {
  const denied = { code: 'AzureDenied', message: 'no right to read' } as const;
  const regions = [{ region: 'uksouth', state: 'Failed', seconds: 1, error: denied }] as const;
  const { failure } = outcomeOf({ ok: true, value: [good, { ...partly, regions }] });
  const [target] = failure?.details ?? [];
  assert.deepEqual(target?.details, [{ ...denied, target: 'uksouth' }]);
});

test('the state depends on how many targets were reached, not on their order', () => {
  const output = fc.constantFrom(good, bad, partly);
  fc.assert(
    fc.property(fc.array(output, { minLength: 1, maxLength: 8 }), (outputs) => {
      const { state } = outcomeOf({ ok: true, value: outputs });
      assert.equal(state, outcomeOf({ ok: true, value: outputs.toReversed() }).state);
      if (outputs.every((one) => one === good)) assert.equal(state, 'Succeeded');
      else if (outputs.every((one) => one === bad)) assert.equal(state, 'Failed');
      else assert.equal(state, 'PartiallySucceeded');
    }),
  );
});
