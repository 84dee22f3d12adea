// A person keeps or releases what a run has kept, while others work on the same run.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { JanitorContext } from '../../../shared/janitor/finding.ts';
import { keepLonger, releaseKept } from '../../../shared/janitor/lease.ts';
import { runId } from '../../../shared/model/convert.ts';
import type { Run } from '../../../shared/model/documents/documents.ts';
import { reopened } from '../../../shared/model/documents/run.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { REF } from '../../support/sample-templates.ts';

const ID = runId('0b46fd26-0bdf-4e5f-bc64-a279d148e6f7');
const UNTIL = new Date(Date.now() + 3_600_000).toISOString();
const KEPT: Run = {
  schema: 1,
  id: ID,
  ref: REF,
  revision: 1,
  reason: 'test',
  state: 'PartiallySucceeded',
  message: 'a region failed',
  startTime: '2026-11-25T00:00:00.000Z',
  endTime: '2026-11-25T01:00:00.000Z',
  outputs: [],
  cleanup: 'kept',
  keptUntil: UNTIL,
  retryUntil: UNTIL,
  stagingGroup: 'IT_kept',
};

describe('what a run has kept', () => {
  let azurite: Azurite;
  let context: JanitorContext;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    context = {
      appName: 'kiln-test',
      store: createBlobStore(await azurite.container()),
      engine: new FakeEngine(),
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(),
      newId: () => crypto.randomUUID(),
      azure: () => {
        throw new Error('Azure is not asked for what was refused.');
      },
    };
    await context.store.runs.create(KEPT);
    const ledger = { schema: 1, ref: REF, runId: ID, stagingGroup: 'IT_kept', ownsGroup: true } as const;
    await context.store.ledger.open({ ...ledger, expires: UNTIL });
    const head = { schema: 1, ref: REF, systemData: {}, tags: {}, location: 'westeurope' };
    await context.store.templates.put(head as never, 'absent');
  });

  /** The run as it was read before `meanwhile`, which happens between the look and the change. */
  function overtakenBy(meanwhile: (run: Run) => Run): JanitorContext {
    const { store } = context;
    const get: typeof store.runs.get = async (ref, id) => {
      const run = await store.runs.get(ref, id);
      await store.runs.update(ref, id, meanwhile);
      return run;
    };
    return { ...context, store: { ...store, runs: { ...store.runs, get } } };
  }

  test('is not released when a retry has taken the run up since the look at it', async () => {
    const overtaken = overtakenBy((run) => reopened(run, 1) ?? run);
    await assert.rejects(releaseKept(overtaken, { ref: REF, id: ID }), /it is at work/);
    const run = await context.store.runs.get(REF, ID);
    assert.equal(run?.releasedAt, undefined);
    assert.equal(run?.cleanup, undefined);
    assert.deepEqual(await context.store.deferred.list(REF.subscriptionId), []);
  });

  test('does not stay longer when somebody has released it since the look at it', async () => {
    const at = new Date().toISOString();
    const overtaken = overtakenBy(({ keptUntil: _kept, retryUntil: _retry, ...run }) => ({
      ...run,
      cleanup: 'deferred',
      releasedAt: at,
    }));
    await assert.rejects(keepLonger(overtaken, { ref: REF, id: ID }, 7200), /it was released at/);
    assert.equal((await context.store.runs.get(REF, ID))?.keptUntil, undefined);
  });
});
