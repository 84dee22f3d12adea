import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFinal, isNews, judge, newPublication, REPAIRS } from '../../../shared/distribution/publication.ts';
import { pauseBetweenLooks } from '../../../shared/distribution/pace.ts';
import type { Publication } from '../../../shared/model/documents/documents.ts';
import type { Promotion } from '../../../shared/model/template.ts';

const HOME = 'westeurope';
const startedAt = '2026-11-01T00:00:00.000Z';
const deadline = '2026-11-01T06:00:00.000Z';

type State = 'Unknown' | 'Replicating' | 'Completed' | 'Failed';

const view = (
  states: Record<string, State>,
  more: { provisioningState?: string; excluded?: boolean } = {},
) => ({
  provisioningState: more.provisioningState ?? 'Succeeded',
  excludeFromLatest: more.excluded ?? true,
  targets: Object.keys(states),
  regions: Object.entries(states).map(([region, state]) => ({ region, state, details: '', progress: 50 })),
});

const look = (
  regions: string[],
  more: { id?: string; hours?: number; promotion?: Promotion; attempt?: number } = {},
) => ({
  id: more.id ?? '0',
  attempt: more.attempt ?? 0,
  at: new Date(Date.parse(startedAt) + (more.hours ?? 1) * 3_600_000),
  startedAt,
  deadline,
  regions,
  home: HOME,
  promotion: more.promotion ?? ({ rule: 'AllRegions' } as const),
  excludeFromLatest: false,
});

const fresh = newPublication('1.0.0', 0);
const stateIn = (publication: Publication, region: string) =>
  publication.regions.find((one) => one.region === region)?.state;

test('looks go on while a region replicates, and end when every region has its end', () => {
  const under = judge(fresh, view({ [HOME]: 'Completed', eastus: 'Replicating' }), look([HOME, 'eastus']));
  assert.equal(under.move?.do, 'wait');
  assert.equal(stateIn(under, HOME), 'Completed');
  const done = judge(under, view({ [HOME]: 'Completed', eastus: 'Completed' }), look([HOME, 'eastus']));
  assert.deepEqual(done.move, { do: 'end' });
});

test('failed regions are repaired together, so often as is allowed, and then count as failed with the reason', () => {
  const regions = [HOME, 'eastus', 'westus'];
  let publication: Publication = fresh;
  for (let round = 1; round <= REPAIRS; round += 1) {
    publication = judge(
      publication,
      view({ [HOME]: 'Completed', eastus: 'Failed', westus: 'Failed' }),
      look(regions),
    );
    assert.deepEqual(publication.move, { do: 'repair', regions: ['eastus', 'westus'] });
  }
  const last = judge(
    publication,
    view({ [HOME]: 'Completed', eastus: 'Failed', westus: 'Completed' }),
    look(regions),
  );
  assert.deepEqual(last.move, { do: 'end' });
  assert.equal(stateIn(last, 'westus'), 'Completed');
  const failed = last.regions.find(({ region }) => region === 'eastus');
  assert.equal(failed?.state, 'Failed');
  assert.match(failed?.error?.message ?? '', /eastus failed.*removed and added again 3 times/);
});

test('a version that its operation still changes is not repaired before that has ended', () => {
  const states = { [HOME]: 'Replicating', eastus: 'Failed' } as const;
  const busy = judge(fresh, view(states, { provisioningState: 'Updating' }), look([HOME, 'eastus']));
  assert.equal(busy.move?.do, 'wait');
  assert.equal(judge(busy, view(states), look([HOME, 'eastus'])).move?.do, 'repair');
});

test('a region that is gone from a settled version is put in again; before its first operation ended it is awaited', () => {
  const settled = judge(fresh, view({ [HOME]: 'Completed' }), look([HOME, 'eastus']));
  assert.deepEqual(settled.move, { do: 'repair', regions: ['eastus'] });
  const creating = judge(fresh, view({}, { provisioningState: 'Creating' }), look([HOME, 'eastus']));
  assert.equal(creating.move?.do, 'wait');
});

test('the region of the version itself cannot be taken out, so that its failure is final', () => {
  const publication = judge(fresh, view({ [HOME]: 'Failed', eastus: 'Completed' }), look([HOME, 'eastus']));
  assert.equal(stateIn(publication, HOME), 'Failed');
  assert.deepEqual(publication.move, { do: 'end' });
});

test('of a region is kept what it does, how far it is and since when, and of its end the reason', () => {
  const regions = [HOME, 'eastus'];
  const nothing = view({}, { provisioningState: 'Updating' });
  const unseen = judge(fresh, nothing, look(regions));
  const waits = regions.map((region) => ({ region, state: 'Waiting', repairs: 0 }));
  assert.deepEqual(unseen.regions, waits);
  const both = view({ [HOME]: 'Replicating', eastus: 'Replicating' });
  const moves = judge(unseen, both, look(regions));
  const since = look(regions).at.toISOString();
  const state = 'Replicating';
  const moving = regions.map((region) => ({ region, state, repairs: 0, progress: 50, since }));
  assert.deepEqual(moves.regions, moving);
  assert.equal(isNews(unseen, moves), true);
  const still = judge(moves, both, look(regions, { hours: 2 }));
  assert.deepEqual(still.regions, moving, 'since its first look');
  const further = { ...still, regions: still.regions.map((region) => ({ ...region, progress: 60 })) };
  assert.equal(isNews(moves, further), false, 'progress alone');
  assert.equal(isNews(moves, { ...further, attempt: 1 }), true);
  assert.equal(isNews(moves, { ...further, move: { do: 'end' } }), true);
  const failed = (details: string) => {
    const shown = { region: HOME, state: 'Failed', details, progress: 0 } as const;
    return judge(moves, { ...both, regions: [shown] }, look([HOME])).regions.at(-1)?.error;
  };
  const error = { code: 'RegionFailed', target: HOME };
  assert.deepEqual(failed(''), {
    ...error,
    message: `Replication to ${HOME} failed: Azure gave no reason.`,
  });
  assert.deepEqual(failed('Full.'), { ...error, message: `Replication to ${HOME} failed: Full.` });
  const late = judge(moves, both, look(regions, { hours: 7 })).regions[0]?.error;
  assert.deepEqual([late?.code, late?.target], ['RegionFailed', HOME]);
});

test('at the deadline what is not complete has timed out; what is complete counts', () => {
  const late = judge(
    fresh,
    view({ [HOME]: 'Completed', eastus: 'Replicating' }),
    look([HOME, 'eastus'], { hours: 6 }),
  );
  assert.deepEqual([stateIn(late, HOME), stateIn(late, 'eastus')], ['Completed', 'TimedOut']);
  assert.deepEqual(late.move, { do: 'end' });
});

test('a quorum promotes as soon as it is there, once, and not an excluded version', () => {
  const promotion = { rule: 'Quorum', regions: 2 } as const;
  const regions = [HOME, 'eastus', 'westus'];
  const two = { [HOME]: 'Completed', eastus: 'Completed', westus: 'Replicating' } as const;
  const one = judge(fresh, view({ ...two, eastus: 'Replicating' }), look(regions, { promotion }));
  assert.equal(one.move?.do, 'wait');
  assert.deepEqual(judge(one, view(two), look(regions, { promotion })).move, { do: 'promote' });
  assert.equal(judge(one, view(two, { excluded: false }), look(regions, { promotion })).move?.do, 'wait');
  const kept = { ...look(regions, { promotion }), excludeFromLatest: true };
  assert.equal(judge(one, view(two), kept).move?.do, 'wait');
});

test('a retry takes a hanging region out at once and gives a failed one new chances', () => {
  const regions = [HOME, 'eastus', 'westus'];
  const before: Publication = {
    ...fresh,
    regions: [
      { region: HOME, state: 'Completed', repairs: 0 },
      { region: 'eastus', state: 'TimedOut', repairs: 0 },
      { region: 'westus', state: 'Failed', repairs: REPAIRS },
    ],
  };
  const states = { [HOME]: 'Completed', eastus: 'Replicating', westus: 'Failed' } as const;
  const retried = judge(before, view(states), look(regions, { attempt: 1 }));
  assert.deepEqual(retried.move, { do: 'repair', regions: ['eastus', 'westus'] });
  assert.equal(judge(retried, view(states), look(regions, { attempt: 1 })).move?.do, 'repair');
});

const states = fc.constantFrom<State>('Unknown', 'Replicating', 'Completed', 'Failed');

test('whatever Azure shows, looks come to an end, no region is lost, and none is repaired more often than allowed', () => {
  const names = [HOME, 'a', 'b', 'c'];
  const scene = fc.record({
    states: fc.dictionary(fc.constantFrom(...names), states),
    provisioningState: fc.constantFrom('Creating', 'Updating', 'Succeeded', 'Failed'),
  });
  fc.assert(
    fc.property(fc.array(scene, { maxLength: 30 }), (scenes) => {
      let publication: Publication = fresh;
      const repaired = new Map<string, number>();
      for (const { states: shown, provisioningState } of scenes) {
        const before = publication;
        publication = judge(publication, view(shown, { provisioningState }), look(names));
        assert.deepEqual(publication.regions.map(({ region }) => region).toSorted(), names.toSorted());
        for (const region of before.regions.filter(isFinal))
          assert.equal(stateIn(publication, region.region), region.state);
        if (publication.move?.do === 'repair')
          for (const region of publication.move.regions)
            repaired.set(region, (repaired.get(region) ?? 0) + 1);
      }
      for (const count of repaired.values()) assert.ok(count <= REPAIRS);
      assert.ok(!repaired.has(HOME));
      const end = judge(publication, view({}, { provisioningState: 'Updating' }), look(names, { hours: 7 }));
      assert.ok(end.regions.every(isFinal));
      assert.deepEqual(end.move, { do: 'end' });
    }),
  );
});

test('pauses follow the quickest region, stay above what Azure asks and below a minute', () => {
  const pause = (legs: [number, number][], retryAfterMs?: number) =>
    pauseBetweenLooks(
      legs.map(([elapsedMs, progress]) => ({ elapsedMs, progress })),
      retryAfterMs,
    );
  assert.equal(pause([[60_000, 0]]), 15_000);
  assert.equal(
    pause([
      [600_000, 50],
      [600_000, 66],
    ]),
    60_000,
  );
  assert.equal(
    pause([
      [600_000, 50],
      [270_000, 75],
    ]),
    18_000,
    'the one that was put in again begins anew',
  );
  assert.equal(pause([[600_000, 90]]), 15_000);
  assert.equal(pause([[1000, 90]], 75), 75);
  assert.equal(pause([[1000, 50]], 120_000), 120_000);
});

test('no look is planned after the deadline, and a region that is put in again has its own clock', () => {
  const regions = [HOME, 'eastus'];
  const states = { [HOME]: 'Completed', eastus: 'Replicating' } as const;
  const first = judge(fresh, view(states), look(regions, { hours: 1 }));
  const since = first.regions.find(({ region }) => region === 'eastus')?.since;
  assert.equal(since, '2026-11-01T01:00:00.000Z');
  const late = judge(first, view(states), look(regions, { hours: 6 - 1 / 3600 }));
  assert.deepEqual(late.move, { do: 'wait', pauseMs: 1000 });
  const failed = judge(late, view({ ...states, eastus: 'Failed' }), look(regions, { hours: 2 }));
  const again = judge(failed, view(states), look(regions, { hours: 3 }));
  assert.equal(again.regions.find(({ region }) => region === 'eastus')?.since, '2026-11-01T03:00:00.000Z');
});
