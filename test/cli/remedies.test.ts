// A failure is printed with its cause, the words of Azure and what to do; each of them once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../cli/api/client.ts';
import { parseFailure, parseRun } from '../../cli/api/parse.ts';
import type { Run } from '../../cli/api/types.ts';
import { runFindings } from '../../cli/report/findings.ts';
import { runSummary } from '../../cli/report/summary.ts';
import { TemplatePlaces } from '../../cli/report/template-places.ts';
import { messageLines, outputLines, remedyOf } from '../../cli/follow/outcome.ts';
import { RUN_ID, SUBSCRIPTION } from './stand-in.ts';

const azure = { code: 'Gone', message: 'Somebody took it.', correlationId: 'c-1' };
const error = { code: 'RegionFailed', message: 'It did not arrive.', remedy: 'Retry the run.', azure };
const regions = [{ region: 'northeurope', state: 'Failed', seconds: 1, error }];
const failed = {
  id: RUN_ID,
  state: 'Failed',
  error: { code: 'DistributionFailed', message: 'No target.', remedy: 'Read the details.', details: [error] },
  outputs: [{ name: 'gallery', type: 'SharedImage', state: 'Failed', regions }],
};

function runOf(value: object): Run {
  const run = parseRun(value);
  assert.ok(run);
  return run;
}

const count = (text: string, word: string): number => text.split(word).length - 1;

test('a failed run and a failed region print the remedy and what Azure said, each once', () => {
  const run = runOf(failed);
  assert.ok(run.error);
  for (const lines of [messageLines(run.error), outputLines(run)]) {
    const text = lines.join('\n');
    assert.equal(count(text, 'remedy: Retry the run.'), 1, text);
    assert.equal(count(text, 'Azure said: Gone: Somebody took it. (correlation id c-1)'), 1, text);
  }
  assert.match(outputLines(run).join('\n'), /RegionFailed: northeurope: It did not arrive\./);
});

test('summaries and annotations of a pipeline carry the remedy of a region too', () => {
  const run = runOf(failed);
  const template = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };
  const summary = runSummary({ template, id: RUN_ID }, { how: 'ended', run, timeline: [] });
  assert.match(summary, /gallery in northeurope: It did not arrive\.[\s\S]*Remedy: Retry the run\./);
  const found = runFindings(run, undefined, new TemplatePlaces('t.json', '{}', undefined));
  assert.ok(found.some(({ title, message }) => /northeurope/.test(title) && /Retry the run\./.test(message)));
});

test('a refusal that says one thing says it once, with where it is and what to do', () => {
  const message = 'There is no gallery image definition web.';
  const remedy = 'Create it first.';
  const details = [{ code: 'TargetNotFound', message, target: '/properties/distribute/0' }];
  const failure = parseFailure({ code: 'TargetNotFound', message, remedy, details });
  assert.ok(failure);
  const { problem } = new ApiError(400, failure);
  assert.deepEqual([problem.message, problem.remedy], [message, remedy]);
  assert.deepEqual(problem.details, ['/properties/distribute/0']);
});

test('a service that sends no remedy is never mended with a file that the reader may not have', () => {
  for (const code of ['CustomizerFailed', 'Unknown'])
    assert.match(remedyOf({ code, message: '', details: [] }), /kiln logs RUN/);
});
