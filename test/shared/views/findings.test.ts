// What the doctor finds, judged in one place: each thing that is not well has its value, why it is so, and the next step.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type DoctorFacts, type Finding, findingsOf, WHAT } from '../../../shared/views/findings.ts';
import { KILN_ROLES } from '../../../shared/views/kiln-roles.ts';
import type { ToldFailure } from '../../../shared/errors/told.ts';

const WELL: DoctorFacts = {
  drain: { drained: false },
  places: { taken: 2, waiting: 0, limits: { total: 0, perSubscription: 0 } },
  outbox: { waiting: 1, failing: 0 },
  deadLetters: { count: 0, isMore: false },
  deferred: [],
  quotas: [{ subscriptionId: 's', location: 'westeurope', name: 'cores', used: 79, limit: 100 }],
  denied: [],
};

const denied = (action: string): ToldFailure => ({
  code: 'AzureDenied',
  message: `Azure denied GET /x: grant the identity of Kiln the action ${action} at /subscriptions/s.`,
  azure: {
    code: 'AuthorizationFailed',
    message: `The client 'a' with object id 'b' does not have authorization to perform action '${action}' over scope '/subscriptions/s' or the scope is invalid.`,
  },
  remedy: 'Give it.',
});

const looks = (facts: Partial<DoctorFacts>): Finding[] =>
  findingsOf({ ...WELL, ...facts }).filter(({ severity }) => severity === 'look');

test('a deployment that is well has nothing to look at, and says what cannot be known', () => {
  const found = findingsOf(WELL);
  assert.deepEqual(
    found.filter(({ severity }) => severity === 'look'),
    [],
  );
  const unknown = found.filter(({ severity }) => severity === 'unknown');
  assert.deepEqual(
    unknown.map(({ code }) => code),
    ['RightsUnproved'],
  );
  assert.match(unknown[0]?.why ?? '', /may not read role assignments/);
});

test('whatever is not well is one finding with its value, why it is so, and what to do', () => {
  const error = denied('Microsoft.Compute/disks/read');
  const found = looks({
    drain: { drained: true, reason: 'upgrade' },
    places: { taken: 2, waiting: 3, limits: { total: 2, perSubscription: 0 } },
    outbox: { waiting: 5, failing: 4 },
    deadLetters: { count: 20, isMore: true, oldest: '2026-01-01T00:00:00.000Z' },
    deferred: [{ templateId: '/t/web', runId: 'r-1', stagingGroup: 'IT_1' }],
    quotas: [
      { subscriptionId: 's', location: 'westeurope', name: 'cores', used: 80, limit: 100 },
      { subscriptionId: 's', location: 'uksouth', error },
    ],
    denied: [{ templateId: '/t/web', runId: 'r-2', error }],
  });
  assert.deepEqual(
    found.map(({ code }) => code),
    ['Drain', 'Places', 'Events', 'DeadLetters', 'RightDenied', 'UsageUnread', 'Quota', 'CleanUp'],
  );
  for (const { code, what, detail, why, next } of found)
    assert.ok(what && detail && why && next, `${code} says ${JSON.stringify({ what, detail, why, next })}`);
  const text = found.map(({ what, detail }) => `${what}: ${detail}`).join('\n');
  const values = [/upgrade/, /3 runs wait/, /4 refused/, /more than 20, the oldest since 2026/];
  for (const value of [...values, /rights, web/, /usage, in uksouth/, /80 of 100/, /IT_1 of run r-1/])
    assert.match(text, value);
  assert.ok(found.every(({ code }) => code in WHAT));
});

test('a denied right names the role that has it and where it belongs, or that no role of Kiln does', () => {
  const of = (error: ToldFailure) => looks({ denied: [{ templateId: '/t/web', runId: 'r', error }] })[0];
  const known = of(denied('microsoft.compute/virtualmachines/WRITE'));
  assert.match(known?.why ?? '', /^Kiln Builder has .*creates the build machine.*assigned at/);
  assert.match(known?.next ?? '', /^Assign Kiln Builder .* at \/subscriptions\/s;/);
  const foreign = of(denied('Microsoft.Foo/bars/write'));
  assert.match(foreign?.why ?? '', /^No role of Kiln has Microsoft\.Foo\/bars\/write/);
  const other = of({ code: 'AzureUnavailable', message: 'm', remedy: 'Wait.' });
  assert.deepEqual([other?.why, other?.next], [undefined, 'Wait.']);
});

test('dead letters that cannot be read are told, and never taken for none', () => {
  const error: ToldFailure = { code: 'AzureUnavailable', message: 'The bus is away.', remedy: 'Look later.' };
  const [found] = looks({ deadLetters: { count: 0, isMore: false, error } });
  assert.deepEqual([found?.detail, found?.next], ['The bus is away.', 'Look later.']);
});

test('the doctor knows every role that deployments assign', () => {
  const root = path.resolve(import.meta.dirname, '../../../infra/roles');
  const files = globSync('*.json', { cwd: root });
  const roles = files.map((file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).name as string);
  assert.deepEqual(KILN_ROLES.map(({ name }) => name).toSorted(), roles.toSorted());
});
