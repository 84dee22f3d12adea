// Build VMs: sizes, rebuilds, serial logs, the helper VM of an ISO, switching off.
import { atOnce, play, type Subject, testDeadlines, testFailures } from '../support/orchestrations/sweep.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generalize } from '../../functions/orchestrators/build/generalize.ts';
import { installIso } from '../../functions/orchestrators/build/install-iso.ts';
import { provisionMachine } from '../../functions/orchestrators/build/provision.ts';
import { asResult, type Durable, type Piece } from '../../functions/orchestrators/durable.convert.ts';
import type { Planned } from '../../functions/orchestrators/build/build.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import { KilnError, type Result } from '../../shared/errors/failure.ts';
import type { BuildPlan, MachineName } from '../../shared/model/plan.ts';
import { endingOfPart } from '../support/orchestrations/endings.ts';
import { buildPlan, RUN } from '../support/orchestrations/plans.ts';
import type { Activities, Orchestrator, SubOrchestrators } from '../support/orchestrations/types.ts';
import { World } from '../support/orchestrations/world.ts';

const STARTED = '2026-11-29T12:00:00.000Z';

/** A piece of a build as an orchestration of its own. */
function piece(body: (build: Planned) => Piece<void>, plan: BuildPlan): Orchestrator {
  return function* ({ df }: { df: Durable }) {
    const build: Planned = { df, run: RUN, startedAt: STARTED, unsaid: [], plan };
    const result: Result<void> = yield* asResult(body(build));
    return result.ok ? { ok: true, value: null } : result;
  };
}

function subject(
  body: (build: Planned) => Piece<void>,
  more: Partial<BuildPlan> = {},
  activities: (world: World) => Activities = () => ({}),
): Subject {
  const plan = buildPlan(more);
  return {
    orchestrator: piece(body, plan),
    input: null,
    world: () => new World(plan),
    activities,
    subOrchestrators: atOnce,
    ending: endingOfPart,
  };
}

const machine = (name: MachineName) => (build: Planned) => provisionMachine(build, { machine: name });
const refuse = (code: ErrorCode) => new KilnError({ code, message: `Azure says ${code}.` });

/** A machine whose starts fail with these codes, one after the other, and then works. */
function starting(...codes: readonly ErrorCode[]): Subject {
  return subject(machine('build'), {}, (world) => {
    const well = world.activities()['start-build-machine'];
    return {
      'start-build-machine': (input, call, control) => {
        const code = codes[call.nth];
        if (code !== undefined) throw refuse(code);
        return well(input, call, control);
      },
    };
  });
}

const sizes = (calls: readonly { name: string; input: any }[]) =>
  calls.filter(({ name }) => name === 'start-build-machine').map(({ input }) => input.vmSize);

for (const code of ['AllocationFailed', 'SizeNotAvailable', 'QuotaExceeded'] as const)
  test(`${code} makes the next size be tried, once what is left of the first is gone`, async () => {
    const { played } = await play(starting(code));
    assert.deepEqual(sizes(played.calls), ['small', 'large']);
    assert.equal(endingOfPart({ played, world: new World(buildPlan()) }), 'ok');
    const names = played.calls.map(({ name }) => name);
    assert.ok(names.indexOf('discard-build-machine') < names.lastIndexOf('start-build-machine'));
  });

test('the last size that cannot be had ends the build with the cause', async () => {
  const { played } = await play(starting('AllocationFailed', 'QuotaExceeded'));
  assert.equal(played.output.error.code, 'QuotaExceeded');
});

for (const code of ['ProvisioningFailed', 'AzureInterrupted'] as const)
  test(`a machine that ends with ${code} is made once more in the same size, and no more than once`, async () => {
    assert.deepEqual(sizes((await play(starting(code))).played.calls), ['small', 'small']);
    const twice = await play(starting(code, code));
    assert.equal(twice.played.output.error.code, code);
    assert.equal(sizes(twice.played.calls).length, 2);
  });

test('a rebuild and the next size do not use each other up', async () => {
  const { played } = await play(starting('ProvisioningFailed', 'AllocationFailed'));
  assert.deepEqual(sizes(played.calls), ['small', 'small', 'large']);
  assert.equal(played.output.ok, true);
});

const agentless = (tail: string): Subject => ({
  ...subject(machine('build'), {}, () => ({ 'save-serial-log': () => ({ tail }) })),
  subOrchestrators: (world: World): SubOrchestrators => ({
    'wait-until': (wait, call, control) =>
      wait.probe === 'check-agent'
        ? { ok: false, error: { code: wait.onTimeout, message: 'No agent.' } }
        : (atOnce(world)['wait-until'] as any)(wait, call, control),
  }),
});

test('a machine whose agent never comes tells the last five lines of its serial console', async () => {
  const { played } = await play(agentless('1\n2\n3\n4\n5\n6'));
  assert.match(
    played.output.error.message,
    /No agent\. The serial console \(log serial-build-2\.out\) ends with:\n2\n3\n4\n5\n6$/,
  );
});

test('a machine without a serial console tells what there is to tell', async () => {
  assert.equal((await play(agentless(''))).played.output.error.message, 'No agent.');
});

test('a wait that the end of the build cuts short says that the build is out of time', async () => {
  const late = { deadline: '2026-11-29T12:05:00.000Z' };
  const never = subject(machine('build'), late, () => ({ 'check-agent': () => ({ done: false }) }));
  const { played } = await play({ ...never, subOrchestrators: () => ({}) });
  assert.equal(played.output.error.code, 'BuildTimedOut');
  assert.ok(played.elapsed >= 5 * 60_000 && played.elapsed <= 5 * 60_000 + 30_000, 'at the next look');
});

await testFailures('a machine', subject(machine('build')), { 'start-build-machine': 'not ok, the cause' });

const install = { vmSizes: ['helper'], image: {} as never, systemDiskGB: 8, mediumDiskGB: 8 };
const ISO = {
  ...subject(installIso, { install }),
  subOrchestrators: (world: World): SubOrchestrators => ({
    ...atOnce(world),
    'install-system': () => ({ ok: true, value: null }),
  }),
};
const FAILS = {
  'start-': 'not ok, the cause',
  'discard-build-machine': 'not ok, the cause',
  'wait check-operation (make disk system), its time is over': 'not ok, AzureUnavailable',
  'wait check-operation (make machine install), its time is over': 'not ok, AzureUnavailable',
  'wait check-operation (remove machine install), its time is over': 'not ok, AzureUnavailable',
  'wait check-operation (make temporary image of the system), its time is over': 'not ok, AzureUnavailable',
  'wait check-agent (install), its time is over': 'ok',
  'wait check-agent (install), AzureRefused': 'not ok, AzureRefused',
  'wait check-operation (make disk system), AzureInterrupted': 'ok',
  'wait check-operation (make machine install), AzureInterrupted': 'ok',
  'wait check-operation (remove machine install), AzureInterrupted': 'ok',
  'wait check-operation (make temporary image of the system), AzureInterrupted': 'ok',
  'wait check-operation': 'not ok, AzureRefused',
};
await testFailures('an ISO', ISO, FAILS);
await testDeadlines('an ISO', ISO, FAILS);

test('the helper of an ISO is gone before an image is made of its disk', async () => {
  const { played, world } = await play(ISO);
  const names = played.calls.map(({ name }) => name);
  assert.ok(names.indexOf('discard-build-machine') < names.indexOf('start-system-image'));
  assert.ok(!world.there.has('machine install'));
  assert.deepEqual(sizes(played.calls), ['helper']);
});

const outcome = (parts: Record<string, object>): Subject => ({
  orchestrator: 'install-system',
  input: { plan: buildPlan() },
  world: () => new World(buildPlan()),
  activities: () => ({
    'check-command': ({ command }) => ({
      done: true,
      value: { exitCode: 0, timedOut: false, tail: 'said so', ...parts[command.name] },
    }),
  }),
  subOrchestrators: atOnce,
  ending: endingOfPart,
});

for (const [says, parts, told] of [
  ['an ISO is fetched and then installed', {}, ''],
  [
    'a medium that cannot be fetched is never installed',
    { 'fetch-medium': { exitCode: 1 } },
    'InstallFailed',
  ],
  [
    'a medium that is fetched for too long is never installed',
    { 'fetch-medium': { timedOut: true } },
    'InstallFailed',
  ],
  ['an installation that fails is told', { 'install-system': { exitCode: 9 } }, 'InstallFailed'],
  ['an installation that does not end is told', { 'install-system': { timedOut: true } }, 'InstallFailed'],
] as const)
  test(says, async () => {
    const { played, world } = await play(outcome(parts));
    assert.equal(played.output.error?.code ?? '', told);
    const last = world.timeline.at(-1);
    assert.equal(last?.event, told === '' ? 'succeeded' : 'failed');
    const started = world.timeline.filter(({ event }) => event === 'started').length;
    assert.equal(started, 'fetch-medium' in parts ? 1 : 2);
  });
await testFailures('an installation', outcome({}), {
  'record-progress': 'not ok, the cause',
  'start-command': 'not ok, the cause',
  'finish-command': 'ok',
});

const OFF = subject(generalize);
await testFailures('switching off', OFF, {
  'start-deprovision': 'not ok, the cause',
  'start-deallocate': 'not ok, the cause',
  'generalize-machine': 'not ok, the cause',
});

test('a specialized image is switched off as it is', async () => {
  const { played } = await play(subject(generalize, { specialized: true }));
  const names = played.calls.map(({ name }) => name);
  assert.deepEqual(names, ['start-deallocate', 'wait-until']);
});

test('a machine that does not power off says what it still can', async () => {
  const { played } = await play({
    ...OFF,
    subOrchestrators: (world) => ({
      'wait-until': (wait, call, control) =>
        wait.probe === 'check-power-off'
          ? { ok: false, error: { code: wait.onTimeout, message: 'It is still on.' } }
          : (atOnce(world)['wait-until'] as any)(wait, call, control),
    }),
  });
  assert.equal(played.output.error.code, 'GeneralizeFailed');
  assert.match(
    played.output.error.message,
    /^It is still on\.\nall went well\nMore is in the logs deprovision-serial\.out/,
  );
});
