// What a build of one step to 20 regions costs the durable engine, counted in memory on a virtual clock: the same in every run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType } from '../../local/durable/events.ts';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { assertCounts, worseThan } from '../support/counts.ts';
import { endingOfRun } from '../support/orchestrations/endings.ts';
import { buildPlan, galleryVersion, ring, RUN, step } from '../support/orchestrations/plans.ts';
import { play } from '../support/orchestrations/sweep.ts';
import { RUN_INSTANCE, World } from '../support/orchestrations/world.ts';

const REGIONS = DEFAULT_PROFILE.locations.slice(0, 20);

test('a build to 20 regions takes the turns, events and bytes of history that are kept of it', async (t) => {
  const { validation: _validation, ...plan } = buildPlan({
    steps: [step()],
    inventory: true,
    targets: [galleryVersion({ rings: [ring(REGIONS)] })],
  });
  const end = await play(
    {
      orchestrator: 'build-image',
      input: RUN,
      instanceId: RUN_INSTANCE,
      world: () => new World(plan),
      ending: endingOfRun,
    },
    () => ({ withChildren: true }),
  );
  assert.equal(endingOfRun(end), 'Succeeded; done');
  const { recording, children, calls } = end.played;
  const all = [recording, ...children];
  const events = all.flatMap(({ history }) => history);
  assertCounts(t, 'one step, 20 regions, in memory', {
    instances: all.length,
    activities: calls.length,
    turns: events.filter(({ EventType: type }) => type === EventType.OrchestratorStarted).length,
    events: events.length,
    bytes: JSON.stringify(all).length,
  });
});

test('a tenth more is told, a little more is not, and neither is less', () => {
  const known = { turns: 100, bytes: 1000, events: 50 };
  assert.deepEqual(worseThan(known, { turns: 111, bytes: 1100, events: 10 }), ['turns: 111 instead of 100']);
  assert.deepEqual(worseThan({}, { turns: 1 }), ['turns: 1, and nothing is kept of it']);
});
