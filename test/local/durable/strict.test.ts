// Each orchestration here looks right and breaks on Azure; the host says so at once, by name.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  APPS,
  client,
  finished,
  run,
  startHostProcess,
  temporaryDirectory,
  until,
  type HostProcess,
} from './host-process.ts';

let host: HostProcess;
before(async () => {
  host = await startHostProcess(path.join(APPS, 'all'), temporaryDirectory());
});
after(() => host.end('SIGTERM'));

const TRAPS: readonly (readonly [orchestration: string, code: string, remedy: RegExp])[] = [
  ['idShift', 'TASK-ID-SHIFT', /sub-orchestrations that never throw/],
  ['yieldedTwice', 'TASK-YIELDED-TWICE', /a new timer/],
  ['retryTimeout', 'RETRY-TIMEOUT', /Remove retryTimeoutInMilliseconds/],
  ['random', 'NONDETERMINISM', /task results and context\.df only/],
  ['changing', 'NONDETERMINISM', /in the history, but the code scheduled activity 'work'/],
  ['dateResult', 'NOT-JSON', /an instance of Date at at/],
  ['mapInput', 'NOT-JSON', /an instance of Map at regions/],
  ['forgottenTimer', 'TIMER-BEFORE-CONTINUE-AS-NEW', /Call timer\.cancel\(\)/],
  ['textAgain', 'CONTINUE-AS-NEW-TEXT', /Pass an object/],
  ['noSuchActivity', 'UNKNOWN-FUNCTION', /no activity function 'nowhere'/],
  ['entity', 'UNSUPPORTED', /CallEntity/],
];

for (const [orchestration, code, remedy] of TRAPS)
  test(`${orchestration} fails with KILN-STRICT-${code} and says what to write instead`, async () => {
    const { runtimeStatus, output } = await run(host, orchestration);
    assert.equal(runtimeStatus, 'Failed');
    assert.match(String(output), new RegExp(`KILN-STRICT-${code}:`));
    assert.match(String(output), remedy);
    await until('the log', () => host.stderr().includes(`KILN-STRICT-${code}:`));
  });

test('an event whose name differs by case only is named', async () => {
  await client(host, 'startNew', 'eventCase', { instanceId: 'eventCase' });
  await client(host, 'raiseEvent', 'eventCase', 'Cancel', 1);
  const { output } = await finished(host, 'eventCase');
  assert.match(
    String(output),
    /KILN-STRICT-EVENT-NAME-CASE: event 'Cancel' was raised while 'cancel' was awaited/,
  );
});

test('without strict mode the host is as lenient as the extension', async () => {
  const lax = await startHostProcess(path.join(APPS, 'all'), temporaryDirectory(), { args: ['--lax'] });
  try {
    const { runtimeStatus, output } = await run(lax, 'random');
    assert.deepEqual([runtimeStatus, output], ['Completed', 1]);
  } finally {
    await lax.end('SIGTERM');
  }
});
