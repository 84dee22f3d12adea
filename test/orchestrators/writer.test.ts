// The single writer of a version, and the watchers of its regions.
import {
  atOnce,
  type End,
  play,
  type Subject,
  testDeadlines,
  testFailures,
} from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KilnError } from '../../shared/errors/failure.ts';
import type { VersionMove } from '../../shared/model/documents/documents.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, VERSION } from '../support/orchestrations/plans.ts';
import { START } from '../support/orchestrations/run-orchestrator.ts';
import type { Activities, SubOrchestrators } from '../support/orchestrations/types.ts';
import { CAPTURED, World } from '../support/orchestrations/world.ts';

const HOUR = 3_600_000;
const target = galleryVersion();
const publishing = { plan: buildPlan({ targets: [target] }), target };
const tending = {
  ...publishing,
  version: VERSION,
  captured: CAPTURED,
  publisher: 'p',
  regions: ['westeurope', 'northeurope'],
  startedAt: new Date(START).toISOString(),
  deadline: new Date(START + HOUR).toISOString(),
  ring: 0,
  looks: 0,
  attempt: 0,
};

function writer(moves: readonly VersionMove[], activities: Activities = {}, parts = atOnce): Promise<End> {
  return play({
    orchestrator: 'tend-version',
    input: tending,
    world: () => new World(buildPlan()),
    activities: () => ({
      'look-at-version': (_input, { nth }) => moves[nth] ?? { do: 'end' },
      ...activities,
    }),
    subOrchestrators: parts,
    ending: endingOfPart,
  });
}
const written = ({ played }: End) =>
  played.calls
    .filter(({ name }) => name === 'write-version')
    .map(({ input }) => [input.regions.join(), input.allowRemoval ?? false, input.excludeFromLatest]);

test('the writer of a version waits as long as it is told', async () => {
  const { played } = await writer([{ do: 'wait', pauseMs: HOUR }]);
  assert.equal(played.elapsed, HOUR);
});

test('a failed region is taken out and put in again, and nothing else is', async () => {
  const end = await writer([{ do: 'repair', regions: ['northeurope'] }]);
  assert.deepEqual(written(end), [
    ['westeurope', true, 'as it is'],
    ['westeurope,northeurope', false, 'as it is'],
  ]);
});

test('a quorum promotes without taking a region away', async () => {
  assert.deepEqual(written(await writer([{ do: 'promote' }])), [['westeurope,northeurope', false, false]]);
});

test('a change that Azure refuses, or that fails, is followed by the next look', async () => {
  const refused = await writer([{ do: 'promote' }], {
    'write-version': () => {
      throw new KilnError({ code: 'AzureDenied', message: 'No.' });
    },
  });
  assert.equal(refused.played.output.ok, true);
  const failed = await writer([{ do: 'promote' }], {}, (): SubOrchestrators => ({
    'wait-until': () => ({ ok: false, error: { code: 'AzureRefused', message: 'No.' } }),
  }));
  assert.equal(failed.played.output.ok, true);
});

test('a writer that cannot look any more tells its watchers and why', async () => {
  const end = await writer([], {
    'look-at-version': () => {
      throw new KilnError({ code: 'RegionFailed', message: 'It was deleted.' });
    },
  });
  assert.equal(end.played.calls.at(-1)?.name, 'abandon-version');
  assert.equal(end.played.calls.at(-1)?.input.failure.message, 'It was deleted.');
  assert.equal(end.played.output.error.code, 'RegionFailed');
});

test('a writer goes on in a new history after fifteen looks, and counts on', async () => {
  const { played } = await writer(Array.from({ length: 40 }, () => ({ do: 'wait', pauseMs: 1000 }) as const));
  const looks = played.calls.map(({ input }) => input.look);
  assert.equal(looks.length, 41);
  assert.equal(new Set(looks).size, 41, 'no look has the name of another');
  assert.ok(played.recording.history.length < 100);
});

// A watcher

const watcher = (activities: Activities, parts: (world: World) => SubOrchestrators = atOnce): Subject => ({
  orchestrator: 'watch-region',
  input: {
    ...publishing,
    version: VERSION,
    attempt: 0,
    region: 'westeurope',
    startedAt: tending.startedAt,
    deadline: tending.deadline,
  },
  world: () => new World(buildPlan()),
  activities: () => activities,
  subOrchestrators: parts,
  ending: ({ played }) =>
    `${played.output.value?.state}${played.output.value?.error ? `, ${played.output.value.error.code}` : ''}`,
});
const WATCHER = watcher({});
await testFailures('a watcher', WATCHER, { 'record-progress': 'Completed' });
await testDeadlines('a watcher', WATCHER, {
  'wait check-region (westeurope), its time is over': 'TimedOut, RegionTimedOut',
  'wait check-region (westeurope), AzureRefused': 'Failed, AzureRefused',
});

test('a watcher of a brief plan is told what it watches and no more, and one of an older build has its plan as before', async () => {
  const looking = watcher({ 'check-region': () => ({ done: true, value: { timedOut: false } }) }, () => ({}));
  const input = {
    attempt: 0,
    region: 'westeurope',
    startedAt: tending.startedAt,
    deadline: tending.deadline,
  };
  const { index, runOutputName } = publishing.target;
  const brief = await play({
    ...looking,
    input: { ...input, run: publishing.plan.run, target: { index, runOutputName } },
  });
  const older = await play(looking);
  const [asked, before] = [brief, older].map(({ played }) => played.calls.map(({ name }) => name));
  assert.deepEqual(asked, before);
  assert.equal(brief.played.output.value.state, 'Completed');
  const look = brief.played.calls.find(({ name }) => name === 'check-region');
  assert.ok(JSON.stringify(look?.input).length < 400);
});

test('a watcher looks at once when the writer tells it, and not only after its five minutes', async () => {
  const waiting = watcher(
    {
      'check-region': (_input, { nth }) =>
        nth === 0 ? { done: false, retryAfterMs: 300_000 } : { done: true, value: { timedOut: false } },
    },
    () => ({}),
  );
  assert.equal((await play(waiting)).played.elapsed, 300_000);
  const events = [{ at: 1000, name: 'region-settled', instance: 'instance:watch' }];
  assert.equal((await play(waiting, () => ({ events }))).played.elapsed, 1000);
});
