// One customizer or validator: how its command may end, its retries, restarts, and rounds of Windows updates.
import { atOnce, play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandOutcome } from '../../functions/contract.ts';
import { SKIPPED_EXIT_CODE, SKIPPED_WORDS } from '../../shared/guest/script.ts';
import { MORE_UPDATES } from '../../shared/guest/windows-update.ts';
import type { CommandPlan, StepPlan } from '../../shared/model/plan.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, step, VALIDATOR } from '../support/orchestrations/plans.ts';
import type { SubOrchestrators } from '../support/orchestrations/types.ts';
import { World } from '../support/orchestrations/world.ts';

type Outcomes = (command: CommandPlan, nth: number) => Partial<CommandOutcome> | undefined;

/** A step whose commands end as told; with undefined as they do when all goes well. */
function running(more: Partial<StepPlan> = {}, outcomes?: Outcomes): Subject {
  return {
    orchestrator: 'run-step',
    input: { plan: buildPlan(), step: step(more) },
    world: () => new World(buildPlan()),
    ...(outcomes && { activities: (world: World) => ending(world, outcomes) }),
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

function ending(world: World, outcomes: Outcomes): object {
  const well = world.activities()['check-command'];
  const seen = new Set<string>();
  return {
    'check-command': (...given: Parameters<typeof well>) => {
      const [{ command }] = given;
      seen.add(command.name);
      const told = outcomes(command, seen.size - 1);
      if (told === undefined) return well(...given);
      return { done: true, value: { exitCode: 0, timedOut: false, tail: '', ...told } };
    },
  };
}

const exits =
  (...codes: number[]): Outcomes =>
  (_command, nth) => ({ exitCode: codes[nth] ?? 0 });

const COMMANDS: readonly [says: string, Subject, ending: string | RegExp][] = [
  ['a command that ends with 0 is a step that succeeded', running(), /"skipped":false/],
  [
    'a command that says that its condition does not hold is a step that was skipped',
    running({}, () => ({ exitCode: SKIPPED_EXIT_CODE, tail: `x\n${SKIPPED_WORDS}` })),
    /"skipped":true/,
  ],
  [
    'a command that ends with the code of a skipped one by chance has failed',
    running({}, () => ({ exitCode: SKIPPED_EXIT_CODE })),
    /CustomizerFailed.*exit code 213/,
  ],
  ['another exit code may be a success', running({ validExitCodes: [3] }, exits(3)), /"skipped":false/],
  [
    'exit code 0 may be a failure',
    running({ validExitCodes: [3] }, exits(0)),
    /CustomizerFailed.*exit code 0, which its validExitCodes \[3\] leave out/,
  ],
  [
    'a command that the agent stopped in time has timed out',
    running({}, () => ({ timedOut: true, exitCode: -1, tail: 'still at it' })),
    /CustomizerTimedOut.*within 600 seconds and was stopped\..*still at it/,
  ],
  [
    'a command that a signal ended says so',
    running({}, () => ({ exitCode: -1, killed: true })),
    /CustomizerFailed.*killed by a signal/,
  ],
  [
    'a process that the system killed is told apart',
    running({}, exits(137)),
    /CustomizerFailed.*killed by signal 9/,
  ],
  [
    'a validator that fails is a failed validation',
    running(VALIDATOR, exits(1)),
    /ValidationStepFailed.*Validator .*check.* exit code 1/,
  ],
  [
    'a validator that does not end is a failed validation too',
    running(VALIDATOR, () => ({ timedOut: true, exitCode: -1 })),
    /ValidationStepFailed.*did not end/,
  ],
];

for (const [says, subject, told] of COMMANDS)
  test(says, async () => {
    const { played, world } = await play(subject);
    assert.match(JSON.stringify(played.output), told as RegExp);
    assert.deepEqual(world.left, ['slot'], 'no command is left in the machine');
  });

test('a step that may be tried three times succeeds at the third, with a note of each failure and the pauses between', async () => {
  const subject = running({ retry: { attempts: 3, pauseSeconds: 30 } }, exits(1, 2));
  const { played, world } = await play(subject);
  assert.deepEqual(played.output, { ok: true, value: { skipped: false } });
  assert.equal(played.elapsed, 60_000);
  assert.deepEqual(
    world.timeline.map(({ id }) => id),
    ['customize/one/attempt-1', 'customize/one/attempt-2'],
  );
  const names = played.calls
    .filter(({ name }) => name === 'start-command')
    .map(({ input }) => input.command.name);
  assert.equal(new Set(names).size, 3, 'no attempt adopts the result of another');
});

test('a step that fails at every attempt tells how the last one ended', async () => {
  const { played, world } = await play(running({ retry: { attempts: 2, pauseSeconds: 5 } }, exits(1, 2)));
  assert.match(played.output.error.message, /exit code 2/);
  assert.equal(world.timeline.length, 1);
});

test('a question to the machine that is still there is removed with its command', async () => {
  const { played } = await play(running({}, () => ({ pulse: 'pulse-1' })));
  assert.equal(played.calls.find(({ name }) => name === 'finish-command')?.input.pulse, 'pulse-1');
});

const wait = (error: object) => (): SubOrchestrators => ({
  'wait-until': () => ({ ok: false, error: { code: 'AgentLost', message: 'lost', ...error } as never }),
});

test('a command whose time is over is stopped, and its last output told', async () => {
  const subject = { ...running(), subOrchestrators: wait({ code: 'CustomizerTimedOut' }) };
  const { played } = await play(subject);
  assert.match(
    played.output.error.message,
    /did not end within 600 seconds and was stopped\. .*the last line/s,
  );
  assert.equal(played.calls.find(({ name }) => name === 'finish-command')?.input.unfinished, true);
  assert.equal(played.calls.at(-1)?.input.probe, 'check-operation', 'nothing runs beside what comes next');
});

test('the end of the build names the step that ran', async () => {
  const { played } = await play({ ...running(), subOrchestrators: wait({ code: 'BuildTimedOut' }) });
  assert.equal(played.output.error.code, 'BuildTimedOut');
  assert.match(played.output.error.message, /while Customizer "one" ran\..*the last line/s);
});

test('a machine that lost its agent ends the step in its own words', async () => {
  const { played } = await play({ ...running(), subOrchestrators: wait({}) });
  assert.deepEqual(played.output, { ok: false, error: { code: 'AgentLost', message: 'lost' } });
});

const RESTART = { kind: 'restart', name: 'again' } as const;
const bootMark =
  (outcome: (id: string) => Partial<CommandOutcome> | undefined): Outcomes =>
  ({ script, name }) =>
    script.kind === 'boot-mark' ? outcome(name) : undefined;

const RESTARTS: readonly [says: string, Subject, told: RegExp][] = [
  ['a restart is proved by another mark of the boot', running(RESTART), /"ok":true/],
  [
    'a machine that does not say which boot it is in is not restarted',
    running(
      RESTART,
      bootMark(() => ({ exitCode: 1 })),
    ),
    /CustomizerTimedOut.*did not say which boot/,
  ],
  [
    'a machine that is in the same boot has not restarted',
    running(
      RESTART,
      bootMark(() => ({ tail: 'boot 0' })),
    ),
    /still in the boot that it was in before \(boot 0\)/,
  ],
  [
    'a machine that does not answer is asked until the time of the step is over',
    running(
      RESTART,
      bootMark((name) => (name.includes('after') ? { timedOut: true, exitCode: -1 } : { tail: 'boot 0' })),
    ),
    /the time of the step is over/,
  ],
  [
    'a machine that answers late has restarted',
    running(
      RESTART,
      bootMark((name) => (/after-[01]$/.test(name) ? { exitCode: 1 } : undefined)),
    ),
    /"ok":true/,
  ],
  [
    'a restart by a command of its own waits while the machine is in the old boot',
    running(
      { ...RESTART, ownCommand: true },
      bootMark((name) =>
        /after-[01]$/.test(name)
          ? { tail: 'boot 0' }
          : /before/.test(name)
            ? { tail: 'boot 0' }
            : { tail: 'boot 1' },
      ),
    ),
    /"ok":true/,
  ],
  [
    'a restart command that fails is told',
    running({ ...RESTART, ownCommand: true }, ({ script }) =>
      script.kind === 'restart-command' ? { exitCode: 5, tail: 'no' } : { tail: 'boot 0' },
    ),
    /its restart command could not be started: no/,
  ],
  [
    'a restart command that does not end is told',
    running({ ...RESTART, ownCommand: true }, ({ script }) =>
      script.kind === 'restart-command' ? { timedOut: true } : { tail: 'boot 0' },
    ),
    /its restart command could not be started/,
  ],
];

for (const [says, subject, told] of RESTARTS)
  test(says, async () => assert.match(JSON.stringify((await play(subject)).played.output), told));

for (const [says, outcome, note] of [
  ['passes', {}, undefined],
  ['fails', { exitCode: 9, tail: 'not yet' }, /ended with exit code 9, which fails no build/],
  ['does not end', { timedOut: true, exitCode: -1 }, /did not end within 600 seconds/],
] as const)
  test(`a restart check that ${says} fails no build${note ? ', and is noted' : ''}`, async () => {
    const outcomes: Outcomes = ({ script }) => (script.kind === 'restart-check' ? outcome : undefined);
    const { played, world } = await play(running({ ...RESTART, ownCheck: true }, outcomes));
    assert.equal(played.output.ok, true);
    assert.equal(world.timeline.length, note ? 1 : 0);
    if (note) assert.match(world.timeline[0]?.message ?? '', note);
  });

const UPDATES = { kind: 'windows-update', name: 'updates' } as const;
const rounds =
  (...codes: number[]): Outcomes =>
  ({ script }, _nth) =>
    script.kind === 'step' ? { exitCode: codes.length > 1 ? codes.shift()! : codes[0]! } : undefined;

test('updates are installed in rounds with a restart after each, until a round finds nothing', async () => {
  const { played } = await play(running(UPDATES, rounds(MORE_UPDATES, MORE_UPDATES, 0)));
  assert.deepEqual(played.output, { ok: true, value: { skipped: false } });
  assert.equal(played.calls.filter(({ name }) => name === 'start-restart').length, 2);
});

test('updates that are never all installed end after fifteen rounds', async () => {
  const { played } = await play(running(UPDATES, rounds(MORE_UPDATES)));
  assert.match(played.output.error.message, /still found updates after 15 rounds/);
});

test('a round that fails ends the updates', async () => {
  const { played } = await play(running(UPDATES, rounds(MORE_UPDATES, 1)));
  assert.match(played.output.error.message, /exit code 1/);
});

test('a round that does not end ends the updates', async () => {
  const { played } = await play(
    running(UPDATES, ({ script }) => (script.kind === 'step' ? { timedOut: true } : undefined)),
  );
  assert.equal(played.output.error.code, 'CustomizerTimedOut');
});

const ENDS = {
  'start-command': 'not ok, the cause',
  'start-restart': 'not ok, the cause',
  'wait check-operation': 'not ok, AzureRefused',
  'wait check-agent': 'not ok, AzureRefused',
  'wait check-command': 'not ok, AzureRefused',
};

await testFailures('a step', running(), {
  ...ENDS,
  // It goes with its machine.
  'finish-command': 'ok',
});
await testFailures('a restart', running(RESTART), {
  ...ENDS,
  'finish-command (step-000-restart-before)': 'ok',
  'finish-command (step-000-restart-after-0)': 'ok',
});
await testDeadlines('a restart', running(RESTART), {
  ...ENDS,
  'wait check-operation (restart build), AzureInterrupted': 'ok',
  'wait check-operation (restart build), its time is over': 'not ok, CustomizerTimedOut',
  'wait check-agent (build), its time is over': 'not ok, CustomizerTimedOut',
  'wait check-command (step-000-restart-before), its time is over': 'not ok, CustomizerTimedOut',
  // It is asked again.
  'wait check-command (step-000-restart-after-0), its time is over': 'ok',
});
