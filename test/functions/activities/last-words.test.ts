// What a run says that a step of a batch printed last, when its machine or its agent is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../../../functions/app.ts';
import { lastOutput } from '../../../functions/activities/machine/last-output.ts';
import { watchMachine } from '../../../functions/activities/machine/watch-machine.ts';
import type { Seen } from '../../../functions/contract.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import type { LogPart } from '../../../shared/ports/log-stores.ts';
import type { CommandView } from '../../../shared/ports/azure.ts';
import { buildPlan, step } from '../../support/orchestrations/plans.ts';

const STARTED = '2026-11-29T12:00:00.000Z';
const plan = buildPlan({ steps: [step({ index: 0, name: 'one', log: '01-one' })] });
/** In the words of the step that is under way, as the looks have it. */
const command: CommandPlan = {
  ...{ machine: 'build', name: 'step-000-0', log: '01-one', label: 'Customizer "one"', timeoutSeconds: 60 },
  script: { kind: 'batch', index: 0, count: 1, startedAt: STARTED },
};

function viewOf(output: string): CommandView {
  return {
    ...{ provisioningState: 'Succeeded', executionState: 'Running', error: '', executionMessage: '' },
    output,
    startedAt: new Date(STARTED),
  };
}

/** A machine that is on and whose agent is silent, and the logs that there are. */
function appOf(logs: Map<string, string>): App {
  const machines = {
    get: async () => ({ power: 'running', agent: { ready: false } }),
    serialLog: async () => '',
  };
  const store = {
    logs: {
      end: async (_ref: unknown, _id: unknown, name: string) => logs.get(name) ?? '',
      read: async (_ref: unknown, _id: unknown, name: string, from: number) =>
        Buffer.from(logs.get(name) ?? '').subarray(from),
      place: async (_ref: unknown, _id: unknown, name: string, { at, bytes }: LogPart) =>
        void logs.set(name, (logs.get(name) ?? '').slice(0, at) + Buffer.from(bytes).toString()),
    },
  };
  return { store, azure: () => ({ machines }), now: () => new Date(STARTED) } as unknown as App;
}

async function words(logs: Record<string, string>, view: CommandView): Promise<string> {
  const app = appOf(new Map(Object.entries(logs)));
  let seen: Seen | undefined;
  for (let minute = 0; minute < 10; minute += 1) {
    const now = new Date(Date.parse(STARTED) + minute * 60_000);
    const input = { plan, command, whole: 'batch-000', silent: command, app, view, now };
    try {
      ({ seen } = await watchMachine({ ...input, ...(seen && { seen: { ...seen, turn: 'machine' } }) }));
    } catch (error) {
      if (!(error instanceof KilnError)) throw error;
      return `${error.failure.code}: ${error.failure.message}`;
    }
  }
  return 'nothing';
}

test('what a step prints after its agent has stopped is in the log alone, and in the words of the run', async () => {
  const said = await words(
    { 'batch-000.out': 'stopping\nstopped\n', '01-one.out': 'stopping\n' },
    viewOf('stopping\n'),
  );
  assert.match(said, /^AgentLost: .*while Customizer "one" ran[^]*Its last output:\nstopping\nstopped$/);
});

test('what was handed out from a view is said, also when the agent has not written it to its log', async () => {
  const app = appOf(new Map([['01-one.out', 'half of it\n']]));
  assert.equal(await lastOutput(app, plan, command, viewOf('')), 'half of it\n');
  assert.equal(await lastOutput(app, plan, command, undefined), 'half of it\n');
});

test('the log of the command says more than that of the step, and its view more than both', async () => {
  const app = appOf(new Map(Object.entries({ '01-one.out': 'a\n', 'batch-000.out': 'a\nb\n' })));
  assert.equal(await lastOutput(app, plan, command, viewOf('')), 'a\nb\n');
  assert.match(await lastOutput(app, plan, command, viewOf('a\nb\nc\n')), /^a\nb\nc/);
});
