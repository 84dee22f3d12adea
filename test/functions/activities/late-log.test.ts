// The state of a run command and its log come by different ways, and what is missing in a log that Kiln reads would be a finding.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effects } from '../../../functions/activities/activity.ts';
import type { App } from '../../../functions/app.ts';
import { checkCommand } from '../../../functions/activities/machine/check-command.ts';
import type { Seen } from '../../../functions/contract.ts';
import type { CommandPlan } from '../../../shared/model/plan.ts';
import { buildPlan } from '../../support/orchestrations/plans.ts';

const plan = buildPlan({});
const SAID = 'kiln-proof\t0\tpassed\ta\r\nkiln-proof\t1\tpassed\tb\r\n';

/** A command that has ended, and a log that is whole after so many looks. */
function late(kind: 'checks' | 'inventory' | 'diagnose', looks: number, said = SAID) {
  const start = Date.parse('2026-11-30T12:00:00.000Z');
  let [now, asked] = [start, 0];
  const view = {
    provisioningState: 'Succeeded',
    executionState: 'Succeeded',
    executionMessage: '',
    error: '',
  };
  const commands = { get: async () => ({ ...view, output: said, exitCode: 0 }) };
  const whole = said.replaceAll('\r', '');
  const end = async () => ((asked += 1) > looks ? whole : whole.slice(0, 20));
  const app = { store: { logs: { end } }, azure: () => ({ commands }), now: () => new Date(now) };
  const command: CommandPlan = {
    ...{ machine: 'validate', name: kind, log: kind, label: kind, timeoutSeconds: 60 },
    script: { kind },
  };
  return async () => {
    let seen: Seen | undefined;
    for (;;) {
      const input = { plan, command, ...(seen && { seen }) };
      const told = await checkCommand(app as unknown as App, input, {} as Effects);
      if (told.done) return { seconds: (now - start) / 1000, asked };
      seen = told.seen;
      now += told.retryAfterMs ?? 60_000;
    }
  };
}

test('a command whose log is read has ended when its log has what its view shows, however the ends of lines are written', async () => {
  assert.deepEqual(await late('checks', 0)(), { seconds: 0, asked: 1 });
  assert.deepEqual(await late('checks', 5)(), { seconds: 5, asked: 6 });
  assert.deepEqual(await late('inventory', 2, 'é 世界\n'.repeat(9))(), { seconds: 2, asked: 3 });
});

test('a log that never comes is not waited for longer than half a minute, and one that nobody reads not at all', async () => {
  assert.deepEqual(await late('checks', Infinity)(), { seconds: 31, asked: 31 });
  assert.deepEqual(await late('diagnose', Infinity)(), { seconds: 0, asked: 0 });
  assert.deepEqual(await late('checks', Infinity, '')(), { seconds: 0, asked: 1 });
});
