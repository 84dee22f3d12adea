// One run from its plan to its clean-up: every call failing, every wait running out, a cancel at each of them.
import { endingOfRun, goingWell } from '../support/orchestrations/endings.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildPlan, RUN, VALIDATOR, vhd } from '../support/orchestrations/plans.ts';
import {
  failWith,
  play,
  siteOf,
  sitesOf,
  type Subject,
  testDeadlines,
  testFailures,
} from '../support/orchestrations/sweep.ts';
import { testCancelAtEachCall, testCancelAtEachWait } from '../support/orchestrations/cancels.ts';
import { RUN_INSTANCE, World } from '../support/orchestrations/world.ts';
import type { SubOrchestrators } from '../support/orchestrations/types.ts';
import type { BuildPlan } from '../../shared/model/plan.ts';
import type { Failure } from '../../shared/errors/failure.ts';

function build(
  more: Partial<BuildPlan> = {},
  parts: (world: World) => SubOrchestrators = goingWell,
): Subject {
  return {
    orchestrator: 'build-image',
    input: RUN,
    instanceId: RUN_INSTANCE,
    world: () => new World(buildPlan(more)),
    subOrchestrators: parts,
    ending: endingOfRun,
  };
}

const A_BUILD = build();

await testFailures('a build', A_BUILD, {
  'check-slot': 'Failed, the cause; done',
  'resolve-plan': 'Failed, the cause; done',
  'record-progress': 'Failed, the cause; done',
  'create-staging-group': 'Failed, the cause; done',
  'start-': 'Failed, the cause; done',
  'generalize-machine': 'Failed, the cause; done',
  'describe-captured': 'Failed, the cause; done',
  // The image is in every place by then.
  'record-progress (distribute/succeeded)': 'Succeeded; done',
  // Whoever reads the run next finds an instance that has ended without a word, and ends it.
  'record-outcome': 'no outcome; done',
  'record-progress (clean up': 'Succeeded; done',
  'revoke-disk-access': 'Succeeded; done',
  'start-cleanup':
    'Succeeded; deferred; left: group, machine build, machine validate, network, network group, temporary image',
  'record-cleanup': 'Succeeded; no word of the clean-up',
});

await testDeadlines('a build', A_BUILD, {
  'wait check-slot (), its time is over': 'Failed, QueueTimedOut; done',
  'wait check-slot (), AzureRefused': 'Failed, AzureRefused; done',
  'wait check-operation': 'Failed, AzureRefused; done',
  'wait check-operation (make network group), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (make network), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (make machine build), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (make machine validate), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (deallocate), AzureInterrupted': 'Succeeded; done',
  'wait check-operation (make temporary image), AzureInterrupted': 'Succeeded; done',
  // The machine is made once more.
  'wait check-agent (build), its time is over': 'Succeeded; done',
  'wait check-agent (validate), its time is over': 'Succeeded; done',
  'wait check-agent (build), AzureRefused': 'Failed, AzureRefused; done',
  'wait check-agent (validate), AzureRefused': 'Failed, AzureRefused; done',
  'wait check-power-off (), its time is over': 'Failed, GeneralizeFailed; done',
  'wait check-power-off (), AzureRefused': 'Failed, AzureRefused; done',
  'wait check-operation (make network group), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (make network), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (make machine build), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (make machine validate), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (deallocate), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (make temporary image), its time is over': 'Failed, AzureUnavailable; done',
  'wait check-operation (delete the staging group)': 'Succeeded; deferred',
  'wait check-group-gone': 'Succeeded; deferred',
});

await testCancelAtEachCall('a build', A_BUILD, 'Canceled, RunCanceled; done');

const { run: _run, ...whole } = buildPlan();
await testCancelAtEachWait(
  'a whole build',
  build(whole, () => ({})),
  (ending) => assert.equal(ending, 'Canceled, RunCanceled; done'),
);

/** A build whose step of this name ends as given. */
function withStep(name: string, error: Failure, more: Partial<BuildPlan> = {}): Subject {
  return build(more, (world) => ({
    ...goingWell(world),
    'run-step': ({ step }) =>
      step.name === name ? { ok: false, error } : { ok: true, value: { skipped: false } },
  }));
}

const FAILED: Failure = { code: 'CustomizerFailed', message: 'It ended with exit code 7.', target: 'one' };
const INVALID: Failure = { code: 'ValidationStepFailed', message: 'It is bad.', target: 'check' };
const keep = { customize: true, validate: false, leaseMinutes: 60 };

const CASES: readonly [says: string, Subject, ending: string][] = [
  [
    'a step that fails ends the run, and the group goes',
    withStep('one', FAILED),
    'Failed, CustomizerFailed; done',
  ],
  [
    'machines are kept after a failed step when the template asks for it',
    withStep('one', FAILED, { keep }),
    'Failed, CustomizerFailed; kept; left: group, machine build, network, network group',
  ],
  [
    'machines are not kept after a failed validator when the template asks for failed customizers only',
    withStep('check', INVALID, { keep }),
    'Failed, ValidationStepFailed; done',
  ],
  [
    'what failed validation is distributed on request, and the run has failed all the same',
    withStep('check', INVALID, { validation: { on: 'image', continueOnFailure: true } }),
    'Failed, ValidationStepFailed; done',
  ],
  [
    'a validator that is killed by the end of the build is no reason to go on',
    withStep(
      'check',
      { ...INVALID, code: 'BuildTimedOut' },
      { validation: { on: 'image', continueOnFailure: true } },
    ),
    'Failed, BuildTimedOut; done',
  ],
  [
    'validators of a specialized image run in the build VM, before it is switched off',
    withStep('check', INVALID, { specialized: true, validation: { on: 'build', continueOnFailure: false } }),
    'Failed, ValidationStepFailed; done',
  ],
  [
    'a specialized image that failed its validators is distributed on request',
    withStep('check', INVALID, { specialized: true, validation: { on: 'build', continueOnFailure: true } }),
    'Failed, ValidationStepFailed; done',
  ],
  [
    'a template without validators needs no second machine',
    build({ validation: undefined as never }),
    'Succeeded; done',
  ],
  [
    'a run that only validates its source distributes nothing',
    build({ validation: { on: 'source', continueOnFailure: false }, steps: [VALIDATOR] }),
    'Succeeded; done',
  ],
  ["a group of the user's is emptied and kept", build({ keepStagingGroup: true }), 'Succeeded; kept'],
  [
    "a subnet of the user's needs no network",
    build({ subnetId: '/subnets/own' as never }),
    'Succeeded; done',
  ],
];

for (const [says, subject, ending] of CASES)
  test(says, async () => assert.equal(endingOfRun(await play(subject)), ending));

const LISTED = build({ inventory: true });

for (const [says, failing] of [
  ['whose listing cannot be started', 'start-command'],
  ['whose listing cannot be kept', 'keep-inventory'],
] as const)
  test(`a build ${says} goes on without it, and says so`, async () => {
    const { played, world } = await play({
      ...LISTED,
      activities: () => ({ [failing]: () => failWith('AzureDenied') }),
    });
    assert.equal(endingOfRun({ played, world }), 'Succeeded; done');
    const line = world.timeline.find(({ id }) => id === 'inventory/skipped');
    assert.match(line?.message ?? '', /could not be listed; the build goes on\. The test says AzureDenied/);
  });

test('what is in the image is listed once all steps have run, and before the machine is switched off', async () => {
  const { played, world } = await play(LISTED);
  const names = played.calls.map(({ name }) => name);
  assert.ok(names.indexOf('run-step') < names.indexOf('keep-inventory'));
  assert.ok(names.indexOf('keep-inventory') < names.indexOf('start-deprovision'));
  assert.ok(world.timeline.some(({ id }) => id === 'inventory/succeeded'));
});

test('a cancel that comes while the image is listed ends the run', async () => {
  const end = await play(LISTED, (world) => ({
    beforeCall: ({ name }, control) => {
      if (name === 'keep-inventory' && !world.canceled) world.cancel(control, RUN_INSTANCE);
    },
  }));
  assert.equal(endingOfRun(end), 'Canceled, RunCanceled; done');
});

test('an image that does not boot in a new VM has failed its validation', async () => {
  const end = await play(
    build({}, (world) => ({
      ...goingWell(world),
      'wait-until': (wait, call, control) =>
        wait.probe === 'check-agent' && wait.input.machine === 'validate'
          ? { ok: false, error: { code: wait.onTimeout, message: 'No agent.' } }
          : (goingWell(world)['wait-until'] as any)(wait, call, control),
    })),
  );
  assert.equal(endingOfRun(end), 'Failed, ValidationStepFailed; done');
  assert.match(end.world.outcomes[0]?.message ?? '', /^The image did not boot in a new VM\. No agent\./);
});

const sites = await sitesOf(A_BUILD);
const lastWait = sites.findIndex(({ label }) => label.startsWith('run-step (check)'));
for (const { key, label } of sites.slice(0, lastWait + 1).filter(({ name }) => name.startsWith('start-')))
  test(`the event of a cancel that comes during ${label} is not lost, also when nothing else tells of it`, async () => {
    const end = await play(A_BUILD, () => ({
      beforeCall: (call, control) => {
        if (siteOf(call) === key) control.raise('cancel');
      },
    }));
    assert.equal(endingOfRun(end), 'Canceled, RunCanceled; done');
  });

test('an access to the disk that its target could not give back is taken back before the group goes', async () => {
  const end = await play({
    ...build({ targets: [vhd()] }, () => ({})),
    activities: (world) => {
      const well = world.activities()['revoke-disk-access'];
      return {
        'revoke-disk-access': (input, ...rest) => {
          if (input.target !== undefined) failWith('AzureDenied');
          return well(input, ...rest);
        },
      };
    },
  });
  assert.equal(endingOfRun(end), 'Succeeded; done');
});
