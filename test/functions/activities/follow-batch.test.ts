// The output of steps that share a command, from the agent's log to those of the steps, however often and when it is looked at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { App } from '../../../functions/app.ts';
import { finishCommand } from '../../../functions/activities/machine/finish-command.ts';
import { followBatch, suspect, underWay } from '../../../functions/activities/machine/follow-batch.ts';
import type { BatchSeen } from '../../../functions/contract.ts';
import { batchKey } from '../../../shared/model/batch-mark.ts';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import type { LogPart } from '../../../shared/ports/log-stores.ts';
import type { CommandView } from '../../../shared/ports/azure.ts';
import { buildPlan, RUN, step } from '../../support/orchestrations/plans.ts';

const NO_EFFECTS = {} as Parameters<typeof finishCommand>[2];
const NAMES = ['one', 'two'];
const steps = NAMES.map((name, index) => step({ index, name, log: `0${index + 1}-${name}` }));
const plan = buildPlan({ steps });
const STARTED = '2026-11-29T12:00:00.000Z';
const command: CommandPlan = {
  ...{ machine: 'build', name: 'step-000-0', log: 'batch-000', timeoutSeconds: 60 },
  script: { kind: 'batch', index: 0, count: 2, startedAt: STARTED, listing: true },
};
const mark = (member: number | string, code = 0, at = 100) =>
  `\n##kiln-step:${batchKey(RUN.runId, 0)}:${member}:${code}:${at}\n`;

/** A store of logs and a timeline; what is filled where something is already stays as it is. */
class Shelf {
  readonly logs = new Map<string, Buffer>();
  readonly lines = new Map<string, string>();
  reads = 0;

  get app(): App {
    const logs = {
      read: async (_ref: unknown, _id: unknown, name: string, offset: number) => {
        this.reads += 1;
        return (this.logs.get(name) ?? Buffer.alloc(0)).subarray(offset, offset + 50);
      },
      end: async (_ref: unknown, _id: unknown, name: string, bytes: number) => this.text(name).slice(-bytes),
      place: async (_ref: unknown, _id: unknown, name: string, { at, bytes }: LogPart) => {
        const there = this.logs.get(name) ?? Buffer.alloc(0);
        assert.ok(there.length >= at, 'no gap');
        const more = Buffer.from(bytes.subarray(there.length - at));
        if (at + bytes.length > there.length) this.logs.set(name, Buffer.concat([there, more]));
      },
    };
    const timeline = {
      append: async (_ref: unknown, _id: unknown, entries: readonly { id: string; at: string }[]) => {
        for (const { id, at } of entries) if (!this.lines.has(id)) this.lines.set(id, at);
      },
    };
    const azure = () => ({ commands: {} });
    return {
      store: { logs, timeline },
      azure,
      now: () => new Date('2026-11-29T12:01:00Z'),
    } as unknown as App;
  }

  text(name: string): string {
    return this.logs.get(name)?.toString() ?? '';
  }
}

function viewOf(output: string, more: Partial<CommandView> = {}): CommandView {
  const view = { provisioningState: 'Succeeded', executionState: 'Running', error: '', executionMessage: '' };
  return { ...view, output: output.slice(-4096), startedAt: new Date('2026-11-29T12:00:10Z'), ...more };
}

const ENDED = { executionState: 'Succeeded', exitCode: 0 };

test('what is shown whole is taken from the view, and nothing is read for it', async () => {
  const shelf = new Shelf();
  const output = `first${mark(0, 0, 150)}second${mark(1, 0, 400)}os\tdebian\n${mark('inventory')}\n##kiln-exit:0\n`;
  const seen = await followBatch(shelf.app, { plan, command }, { view: viewOf(output, ENDED) });
  assert.equal(shelf.reads, 0);
  assert.deepEqual(
    ['01-one.out', '02-two.out', 'inventory.out', '01-one.err'].map((name) => shelf.text(name)),
    ['first', 'second', 'os\tdebian\n', ''],
  );
  assert.equal(seen?.listed, true);
  assert.deepEqual(seen?.ended, [
    { index: 0, at: '2026-11-29T12:00:11.500Z' },
    { index: 1, at: '2026-11-29T12:00:14.000Z' },
  ]);
});

test('a step that has ended is told while the next one is under way, which is then spoken of', async () => {
  const shelf = new Shelf();
  const seen = await followBatch(shelf.app, { plan, command }, { view: viewOf(`x${mark(0)}at work`) });
  assert.deepEqual(
    [...shelf.lines.keys()],
    ['customize/one/started', 'customize/one/succeeded', 'customize/two/started'],
  );
  assert.equal(shelf.text('02-two.out'), 'at work');
  const spoken = underWay(plan, command, seen);
  assert.deepEqual([spoken.label, spoken.log], ['Customizer "two"', '02-two']);
});

test('an agent that fell silent is told of the step of its last view and of that of the log', async () => {
  const shelf = new Shelf();
  const view = viewOf('stopping it');
  const long = `stopping it${mark(0)}${'x'.repeat(4000)}`;
  shelf.logs.set('batch-000.out', Buffer.from(long));
  const seen = await followBatch(shelf.app, { plan, command }, { view: viewOf(long) });
  const spoken = underWay(plan, command, seen);
  const told = suspect({ plan, command }, spoken, view);
  assert.equal(told.label, 'Customizer "one" or Customizer "two"');
});

test('a mark that only the view has says that the steps before it ended well', async () => {
  const output = `${'y'.repeat(4000)}${mark(1)}`;
  const seen = await followBatch(new Shelf().app, { plan, command }, { view: viewOf(output, ENDED) });
  assert.equal(seen?.late, true, 'its log is handed out once more');
  assert.deepEqual(
    seen?.ended.map(({ index }) => index),
    [0, 1],
  );
});

for (const [what, written, isTold] of [
  ['ends before the last line of the command', `loud${'y'.repeat(60)}`, true],
  ['has come whole after the last words of the agent', `loud${mark(0)}x${mark(1)}\n##kiln-exit:0\n`, false],
] as const)
  test(`a log that ${what} is ${isTold ? '' : 'not '}told as one that may have lost output`, async () => {
    const shelf = new Shelf();
    shelf.logs.set('batch-000.out', Buffer.from(written));
    await finishCommand(shelf.app, { plan, command, late: true }, NO_EFFECTS);
    assert.deepEqual([...shelf.lines.keys()], isTold ? ['customize/one/lost output-1'] : []);
  });

test('however the output arrives, and however often a look is repeated, each log has its bytes once', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constant('z'.repeat(5000)),
    fc.constant('é\n##kiln'),
  );
  const looks = fc.array(fc.record({ share: fc.nat(100), again: fc.boolean() }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(text, text, looks, async (one, two, times) => {
      const shelf = new Shelf();
      const whole = Buffer.from(`${one}${mark(0)}${two}${mark(1)}`);
      let seen: BatchSeen | undefined;
      for (const { share, again } of [
        ...times.toSorted((a, b) => a.share - b.share),
        { share: 100, again: true },
      ]) {
        const arrived = whole.subarray(0, Math.floor((whole.length * share) / 100));
        shelf.logs.set('batch-000.out', Buffer.from(arrived));
        const view = viewOf(arrived.toString(), share === 100 ? ENDED : {});
        const next = await followBatch(shelf.app, { plan, command }, { seen, view });
        if (again) await followBatch(shelf.app, { plan, command }, { seen, view });
        seen = next;
      }
      assert.deepEqual([shelf.text('01-one.out'), shelf.text('02-two.out')], [one, two]);
      // As after a failure, when nothing is remembered.
      await followBatch(shelf.app, { plan, command }, { isOver: true });
      assert.deepEqual([shelf.text('01-one.out'), shelf.text('02-two.out')], [one, two]);
    }),
    { numRuns: 60 },
  );
});
