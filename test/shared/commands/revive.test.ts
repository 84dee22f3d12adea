import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { CommandContext } from '../../../shared/commands/context.ts';
import { outcomeOfChild, revive } from '../../../shared/commands/revive.ts';
import { reviveFailed } from '../../../shared/commands/revive-failed.ts';
import { HISTORY_DAYS, purgeHistories } from '../../../shared/janitor/purge.ts';
import { createBlobStore } from '../../../shared/store/blob-store.ts';
import { runId } from '../../../shared/model/convert.ts';
import { ANYBODY } from '../../support/anybody.ts';
import { FakeEngine } from '../../support/api.ts';
import { startAzurite, type Azurite } from '../../support/azurite.ts';

const SECOND = 1000;
const DAY = 86_400_000;
const ref = { subscriptionId: '00000000-0000-4000-8000-000000000001', resourceGroup: 'images', name: 'web' };

describe('what the engine lost', () => {
  let azurite: Azurite;
  let engine: FakeEngine;
  let context: CommandContext;
  let time = Date.parse('2026-12-24T00:00:00Z');
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    engine = new FakeEngine();
    context = {
      store: createBlobStore(await azurite.container()),
      engine,
      ...ANYBODY,
      urls: { allow: [] },
      now: () => new Date(time),
      newId: () => crypto.randomUUID(),
    };
  });

  const fail = (id: string): string => {
    engine.failed.add(id);
    return id;
  };
  const pass = (milliseconds: number): void => {
    time += milliseconds;
  };

  /** A run that is under way, as the store has it. */
  async function started(): Promise<string> {
    const id = runId(crypto.randomUUID());
    const startTime = new Date(time).toISOString();
    const run = { schema: 1, id, ref, revision: 1, reason: 'request', startTime, message: '' } as const;
    await context.store.runs.create({ ...run, state: 'Running', outputs: [] });
    const templateId = `/subscriptions/${ref.subscriptionId}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/web`;
    await context.store.operations.put({
      schema: 1,
      id: id.toUpperCase(),
      status: 'InProgress',
      startTime,
      templateId,
      runId: id,
    });
    return id;
  }

  test('is rewound three times with pauses, and no more', async () => {
    const verdicts = [];
    for (const pause of [0, 10, 21, 31, 31, 31]) {
      pass(pause * SECOND);
      verdicts.push(await revive(context, fail('some')));
    }
    assert.deepEqual(verdicts, ['rewound', 'waiting', 'rewound', 'rewound', 'spent', 'spent']);
    assert.equal(engine.rewound.length, 3);
  });

  test('is rewound once by any number of lookers at one moment', async () => {
    fail('some');
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => revive(context, 'some')));
    assert.deepEqual(verdicts.toSorted(), ['rewound', ...Array.from({ length: 7 }, () => 'waiting')]);
    assert.deepEqual(engine.rewound, ['some']);
  });

  test('goes on where its work is under way: roots before their children, and nothing of runs that are over', async () => {
    const [live, over] = [await started(), await started()];
    await context.store.runs.update(ref, runId(over), (run) => ({
      ...run,
      state: 'Succeeded',
      endTime: run.startTime,
      cleanup: 'done',
    }));
    for (const id of [live, `${live}:distribute`, over, 'stranger']) fail(id);
    const told: string[] = [];
    await reviveFailed(context, { warn: (text) => told.push(text) });
    assert.deepEqual(engine.rewound, [live]);
    assert.deepEqual(told, [`revive: ${live} had failed in the engine: rewound`]);
    await reviveFailed(context, { warn: () => undefined });
    assert.deepEqual(engine.rewound, [live, `${live}:distribute`]);
  });

  test('answers its parent when it has ended, and a failure that names the worker when it is given up', async () => {
    assert.deepEqual(await outcomeOfChild(context, fail('child')), { done: false });
    engine.ended.add('child');
    assert.deepEqual(await outcomeOfChild(context, 'child'), {
      done: true,
      value: { ok: true, value: null },
    });
    for (let round = 0; round < 3; round += 1) {
      pass(31 * SECOND);
      await outcomeOfChild(context, fail('child'));
    }
    const given = await outcomeOfChild(context, 'child');
    assert.ok(given.done && !given.value.ok);
    assert.equal(given.value.error.code, 'WorkerLost');
  });

  test('histories are purged after 30 days, hour by hour, a bounded number a round', async () => {
    time = Date.parse('2026-12-02T00:00:00Z') + HISTORY_DAYS * DAY;
    await purgeHistories(context);
    assert.equal(engine.purged.length, 12);
    await purgeHistories(context);
    await purgeHistories(context);
    const hours = engine.purged.map(({ from, to }) => [from.toISOString(), to.getTime() - from.getTime()]);
    assert.deepEqual(hours[0], ['2026-11-01T00:00:00.000Z', 3_600_000]);
    assert.deepEqual(
      engine.purged.slice(1).map(({ from }) => from),
      engine.purged.slice(0, -1).map(({ to }) => to),
    );
    time = Date.parse('2026-11-02T00:00:00Z') + HISTORY_DAYS * DAY;
    engine.purged.length = 0;
    assert.equal(await purgeHistories(context), 0, 'nothing that is younger');
  });
});
