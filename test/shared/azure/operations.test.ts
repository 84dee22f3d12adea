import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { retryAfterMs } from '../../../shared/azure/answer.ts';
import type { StartedOperation } from '../../../shared/ports/azure.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import { error, failureOf, GROUP, standIn, SUBSCRIPTION } from './stand-in.ts';
import { isRetryable } from '../../../shared/errors/failure.ts';

const OPERATION = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/operations/op`;
const DISK = resourceId(`${GROUP}/providers/Microsoft.Compute/disks/build-os`);

function pollUrlOf(started: StartedOperation): string {
  assert.ok(!started.done);
  return started.pollUrl;
}

test('starting is one request, even though the poller of the SDK is a thenable', async () => {
  const arm = await standIn((_, base) => ({
    status: 202,
    headers: { 'azure-asyncoperation': `${base}${OPERATION}?api-version=2024-07-01`, 'retry-after': '7' },
  }));
  const started = await arm.azure.machines.startRestart('staging', 'build');
  assert.deepEqual(started, {
    done: false,
    pollUrl: `${arm.base}${OPERATION}?api-version=2024-07-01`,
    retryAfterMs: 7000,
  });
  assert.deepEqual(arm.calls(), [`POST ${GROUP}/providers/Microsoft.Compute/virtualMachines/build/restart`]);
});

test('a network is looked at itself, of which Azure says no time, and its operation tells why it has failed', async () => {
  let state = 'Updating';
  const arm = await standIn(({ method, path }, base) => {
    if (path === OPERATION) return { body: { status: 'Failed', error: { code: 'TooMany', message: 'No.' } } };
    if (method !== 'PUT')
      return state === '' ? { status: 404 } : { body: { properties: { provisioningState: state } } };
    const headers = { 'azure-asyncoperation': `${base}${OPERATION}?api-version=1`, 'retry-after': '10' };
    return { status: 201, headers, body: { properties: { provisioningState: 'Updating' } } };
  });
  state = '';
  const started = await arm.azure.network.startSecurityGroup('staging', 'nsg', 'westeurope', {});
  assert.ok(!started.done);
  assert.equal(started.retryAfterMs, undefined);
  state = 'Updating';
  assert.deepEqual(await arm.azure.operations.look(started.pollUrl), { done: false });
  assert.match(arm.received.at(-1)?.path ?? '', /networkSecurityGroups\/nsg$/);
  state = 'Succeeded';
  assert.deepEqual(await arm.azure.operations.look(started.pollUrl), { done: true });
  state = 'Failed';
  const failure = await failureOf(arm.azure.operations.look(started.pollUrl));
  assert.equal(failure.azure?.code, 'TooMany', JSON.stringify(failure));
});

test('an operation of which Azure says in milliseconds when to look is looked at then', async () => {
  const arm = await standIn(({ method }, base) => {
    if (method !== 'PUT') return { status: 404 };
    const headers = { 'azure-asyncoperation': `${base}${OPERATION}?api-version=1`, 'retry-after-ms': '25' };
    return { status: 201, headers, body: { properties: { provisioningState: 'Updating' } } };
  });
  const started = await arm.azure.network.startSecurityGroup('staging', 'nsg', 'westeurope', {});
  assert.match(pollUrlOf(started), /operations\/op/);
});

test('a look is one GET of exactly the poll URL, and tells whether to look again', async () => {
  const states = ['InProgress', 'Running', 'Succeeded'];
  const arm = await standIn(() => ({
    headers: { 'retry-after-ms': '25', 'retry-after': '1' },
    body: { status: states.shift() },
  }));
  const url = `${arm.base}${OPERATION}?p=a%20b&api-version=2023-09-01`;
  assert.deepEqual(await arm.azure.operations.look(url), { done: false, retryAfterMs: 25 });
  assert.deepEqual(await arm.azure.operations.look(url), { done: false, retryAfterMs: 25 });
  assert.deepEqual(await arm.azure.operations.look(url), { done: true });
  assert.deepEqual(
    arm.received.map((request) => request.url),
    Array.from({ length: 3 }, () => `${OPERATION}?p=a%20b&api-version=2023-09-01`),
  );
});

test('a Location is polled until it answers with something else than 202', async () => {
  const statuses = [202, 204];
  const arm = await standIn(({ method }, base) =>
    method === 'DELETE'
      ? { status: 202, headers: { location: `${base}/subscriptions/${SUBSCRIPTION}/operationresults/r` } }
      : { status: statuses.shift() ?? 500, headers: { 'x-ms-retry-after-ms': '40' } },
  );
  const pollUrl = pollUrlOf(await arm.azure.groups.startRemoval('staging'));
  assert.deepEqual(await arm.azure.operations.look(pollUrl), { done: false, retryAfterMs: 40 });
  assert.deepEqual(await arm.azure.operations.look(pollUrl), { done: true });
});

test('a deletion is done when the thing, or its operation, is not there any more', async () => {
  let deletions = 0;
  const arm = await standIn(({ method }, base) => {
    if (method !== 'DELETE') return undefined;
    deletions += 1;
    return deletions === 1 ? { status: 202, headers: { location: `${base}${OPERATION}` } } : undefined;
  });
  const first = await arm.azure.machines.startRemoval('staging', 'build');
  assert.deepEqual(await arm.azure.operations.look(pollUrlOf(first)), { done: true });
  assert.deepEqual(await arm.azure.machines.startRemoval('staging', 'build'), { done: true });
});

test('a creation whose operation is not known any more has failed', async () => {
  const arm = await standIn(() => undefined);
  const failure = await failureOf(arm.azure.operations.look(`${arm.base}${OPERATION}`));
  assert.equal(failure.code, 'AzureNotFound');
});

test('a poll URL of another origin is refused when it is announced and when it is used', async () => {
  const elsewhere = await standIn(() => ({ body: { status: 'Succeeded' } }));
  const arm = await standIn(() => ({
    status: 202,
    headers: { 'azure-asyncoperation': `${elsewhere.base}${OPERATION}` },
  }));
  for (const attempt of [
    () => arm.azure.machines.startRestart('staging', 'build'),
    () => arm.azure.operations.look(`${elsewhere.base}${OPERATION}`),
    () => arm.azure.operations.look('not a url'),
    () => arm.azure.operations.look(`${arm.base}@${new URL(elsewhere.base).host}/x`),
  ]) {
    const failure = await failureOf(attempt());
    assert.equal(failure.code, 'AzureRefused');
    assert.match(failure.message, /not the configured endpoint|no URL/);
  }
  assert.deepEqual(elsewhere.received, []);
});

test('a failed operation keeps the code, the details and the correlation id of Azure', async () => {
  const arm = await standIn(() => ({
    headers: { 'x-ms-correlation-request-id': 'c-9' },
    body: {
      status: 'Failed',
      error: {
        code: 'ResourceDeploymentFailure',
        message: 'The resource operation completed with terminal provisioning state Failed.',
        details: [{ code: 'ZonalAllocationFailed', message: 'Allocation failed. No capacity in zone 1.' }],
      },
    },
  }));
  const failure = await failureOf(arm.azure.operations.look(`${arm.base}${OPERATION}`));
  assert.equal(failure.code, 'AllocationFailed');
  assert.equal(failure.azure?.code, 'ResourceDeploymentFailure');
  assert.equal(failure.azure?.correlationId, 'c-9');
  assert.equal(failure.details?.[0]?.azure?.code, 'ZonalAllocationFailed');
  assert.match(failure.message, /terminal provisioning state Failed/);
});

test('an end that passes has a code of its own: looking again shows the same, starting again does not', async () => {
  const arm = await standIn(() => ({
    body: { status: 'Failed', error: { code: 'InternalExecutionError', message: 'An internal error.' } },
  }));
  const failure = await failureOf(arm.azure.operations.look(`${arm.base}${OPERATION}`));
  assert.equal(failure.code, 'AzureInterrupted');
  assert.equal(isRetryable(failure), false);
  assert.equal(failure.azure?.code, 'InternalExecutionError');
});

test('a canceled operation without an error says that it was canceled', async () => {
  const arm = await standIn(() => ({ body: { status: 'Canceled' } }));
  const failure = await failureOf(arm.azure.operations.look(`${arm.base}${OPERATION}`));
  assert.equal(failure.azure?.code, 'Canceled');
});

test('a request that is answered at once is done', async () => {
  const arm = await standIn(() => ({ status: 200 }));
  assert.deepEqual(await arm.azure.machines.startDeallocate('staging', 'build'), { done: true });
});

test('without an operation header the resource itself is watched', async () => {
  const states = ['Creating', 'Succeeded'];
  const arm = await standIn(({ method }) =>
    method === 'GET' && states.length === 2
      ? (states.pop(), undefined)
      : {
          status: method === 'PUT' ? 201 : 200,
          body: { properties: { provisioningState: method === 'PUT' ? 'Creating' : states[0] } },
        },
  );
  const started = await arm.azure.network.startSecurityGroup('staging', 'nsg', 'westeurope', {});
  assert.deepEqual(await arm.azure.operations.look(pollUrlOf(started)), { done: false });
  states[0] = 'Succeeded';
  assert.deepEqual(await arm.azure.operations.look(pollUrlOf(started)), { done: true });
});

for (const [shape, headers, results] of [
  [
    'the status of the operation',
    (base: string) => ({ 'azure-asyncoperation': `${base}${OPERATION}` }),
    { [OPERATION]: { status: 'Succeeded', properties: { output: { accessSAS: 'https://disk/?sig=1' } } } },
  ],
  [
    'the Location',
    (base: string) => ({ location: `${base}${OPERATION}` }),
    { [OPERATION]: { accessSAS: 'https://disk/?sig=1' } },
  ],
  [
    'the Location beside a status without it',
    (base: string) => ({
      'azure-asyncoperation': `${base}${OPERATION}`,
      location: `${base}${OPERATION}-result`,
    }),
    {
      [OPERATION]: { status: 'Succeeded' },
      [`${OPERATION}-result`]: { accessSAS: 'https://disk/?sig=1' },
    },
  ],
] as const)
  test(`the URL of a disk is found in ${shape}`, async () => {
    const arm = await standIn(({ method, path }, base) =>
      method === 'POST'
        ? { status: 202, headers: headers(base) }
        : { body: Object.entries(results).find(([key]) => key === path)?.[1] },
    );
    const started = await arm.azure.disks.startAccess(DISK, 3600);
    assert.deepEqual(arm.received[0]?.body, { access: 'Read', durationInSeconds: 3600 });
    assert.deepEqual(await arm.azure.operations.look(pollUrlOf(started)), { done: true });
    assert.equal(await arm.azure.disks.accessUrl(DISK, started), 'https://disk/?sig=1');
    assert.doesNotMatch(JSON.stringify(started), /sig=/);
  });

test('access that was granted without a URL is a failure, not an empty string', async () => {
  const arm = await standIn(() => ({ body: { status: 'Succeeded' } }));
  const pollUrl = `${arm.base}${OPERATION}`;
  const failure = await failureOf(arm.azure.disks.accessUrl(DISK, { done: false, pollUrl }));
  assert.equal(failure.code, 'CaptureFailed');
});

test('revoking the access to a disk that is gone is success', async () => {
  const arm = await standIn(() => ({ status: 404, body: error('ResourceNotFound', 'gone') }));
  await arm.azure.disks.revokeAccess(DISK);
  assert.deepEqual(arm.calls(), [`POST ${DISK}/endGetAccess`]);
});

test('retry-after is read in milliseconds, seconds and as a date, and the finest one wins', () => {
  const of = (headers: Record<string, string>, now?: number) => retryAfterMs((name) => headers[name], now);
  assert.equal(of({ 'retry-after': '2' }), 2000);
  assert.equal(of({ 'retry-after': '2', 'retry-after-ms': '30' }), 30);
  assert.equal(of({ 'retry-after': '2', 'x-ms-retry-after-ms': '40' }), 40);
  assert.equal(of({}), undefined);
  assert.equal(of({ 'retry-after': 'soon' }), undefined);
  assert.equal(of({ 'retry-after': '-5' }), undefined);
  const now = Date.parse('2026-11-23T10:00:00Z');
  assert.equal(of({ 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT' }, now), 30_000);
  assert.equal(of({ 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }, now), 0);
});

test('retry-after is never negative and never NaN, whatever the header says', () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (seconds, milliseconds) => {
      const headers: Record<string, string | undefined> = {
        'retry-after': seconds,
        'retry-after-ms': milliseconds,
      };
      const wait = retryAfterMs((name) => headers[name]);
      assert.ok(wait === undefined || (Number.isInteger(wait) && wait >= 0), String(wait));
    }),
  );
});
