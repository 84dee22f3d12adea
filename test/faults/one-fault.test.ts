// One fault at one request of the app, and what becomes of the run. Machines are simulated; the places are those where a run
// ended wrong before, and stand for their kind. The whole is `npm run test:faults`.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Faulty, type Rule, startFaulty } from './campaign/faulty.ts';
import type { Fate } from './campaign/proxy.ts';

let faulty: Faulty;
before(async () => {
  faulty = await startFaulty();
});
after(() => faulty.stop());
beforeEach(() => faulty.fresh());

/** Spoils the first `times` requests that match METHOD PATH, after `skip` of them. */
function first(request: RegExp, fate: Fate, { times = 1, skip = 0 } = {}): Rule {
  let count = 0;
  return ({ method, path }) => {
    if (!request.test(`${method} ${path}`)) return undefined;
    count += 1;
    return count > skip && count <= skip + times ? fate : undefined;
  };
}

const refused = (status: number, code: string): Fate => ({
  answer: { status, body: JSON.stringify({ error: { code, message: 'put there by a test' } }) },
});

async function versionsOf(run: any): Promise<any[]> {
  const made = await faulty.artefacts();
  return made.filter(({ id, tags }) => id.includes('/versions/') && tags?.['kiln-run'] === run.id);
}

const codesOf = (error: any): string[] =>
  error === undefined ? [] : [error.code, ...(error.details ?? []).flatMap(codesOf)];

test('an access to the disk whose answer was lost is ended and begun again', async () => {
  const run = await faulty.build(first(/POST .*\/beginGetAccess$/, { reset: 'after' }), { seconds: 60 });
  assert.equal(run.state, 'Succeeded', run.message);
});

test('a retry goes on with the version of a failed target, whose cause is told in its own code', async () => {
  // Every look at the version is denied, after it was made.
  const denied = first(
    /GET .*\/galleries\/.*\/versions\/\d+\.\d+\.\d+$/,
    refused(403, 'AuthorizationFailed'),
    {
      skip: 1,
      times: 99,
    },
  );
  const run = await faulty.build(denied);
  assert.equal(run.state, 'PartiallySucceeded', run.message);
  const output = run.outputs.find(({ type }: any) => type === 'SharedImage');
  assert.match(output.artifactId, /\/versions\//, 'the version is named');
  assert.ok(codesOf(run.error).includes('AzureDenied'), codesOf(run.error).join(' '));
  assert.equal((await versionsOf(run)).length, 1);

  const again = await faulty.retry(run.id);
  assert.equal(again.state, 'Succeeded', again.message);
  const [version, ...others] = await versionsOf(run);
  assert.deepEqual(others, []);
  assert.equal(version.properties.publishingProfile.excludeFromLatest, false);
});

test('the former managed image stays while the right to write a new one is missing', async () => {
  const before = await faulty.build(() => undefined);
  assert.equal(before.state, 'Succeeded', before.message);
  await faulty.fresh();
  const run = await faulty.build(
    first(/(PUT|PATCH) .*resourceGroups\/images\/.*\/images\/faulty$/, refused(403, 'AuthorizationFailed'), {
      times: 99,
    }),
  );
  assert.equal(run.state, 'PartiallySucceeded', run.message);
  const images = (await faulty.artefacts()).filter(({ id }) =>
    id.endsWith('/Microsoft.Compute/images/faulty'),
  );
  assert.deepEqual(
    images.map(({ tags }) => tags?.['kiln-run']),
    [before.id],
  );
});

test('when the former managed image is gone and no new one came, the run says so', async () => {
  await faulty.build(() => undefined);
  await faulty.fresh();
  const run = await faulty.build(
    first(/PUT .*resourceGroups\/images\/.*\/images\/faulty$/, refused(403, 'AuthorizationFailed')),
  );
  assert.match(run.message, /former image .*\/images\/faulty was removed/);
});

test('a cancel between the removal of the former managed image and the new one does not leave none', async () => {
  await faulty.build(() => undefined);
  await faulty.fresh();
  const cancel = first(/DELETE .*resourceGroups\/images\/.*\/images\/faulty$/, {
    act: () => faulty.cancel(),
    when: 'after',
  });
  const run = await faulty.build(cancel);
  assert.equal(run.state, 'Canceled', run.message);
  const images = (await faulty.artefacts()).filter(({ id }) =>
    id.endsWith('/Microsoft.Compute/images/faulty'),
  );
  assert.deepEqual(
    images.map(({ tags }) => tags?.['kiln-run']),
    [run.id],
  );
});

for (const [what, request, code] of [
  ['a group that was just made', /PUT .*networkSecurityGroups\//, 'ResourceGroupNotFound'],
  [
    'a machine that was just made',
    /GET .*virtualMachines\/build\/instanceView$|GET .*virtualMachines\/build$/,
    'ResourceNotFound',
  ],
  ['a run command that was just made', /GET .*\/runCommands\/step-000-0$/, 'ResourceNotFound'],
] as const)
  test(`"not found" for ${what} is asked again`, async () => {
    const run = await faulty.build(
      first(request, refused(404, code), { skip: code === 'ResourceNotFound' ? 1 : 0 }),
    );
    assert.equal(run.state, 'Succeeded', run.message);
  });

for (const [what, request] of [
  ['network', /PUT .*virtualNetworks\//],
  ['machine', /PUT .*virtualMachines\/build$/],
  ['deallocation', /POST .*\/deallocate$/],
  ['captured image', /PUT .*images\/build-image$/],
  ['access to the disk', /POST .*\/beginGetAccess$/],
] as const)
  test(`a passing failure inside the operation of the ${what} is redone once`, async () => {
    const run = await faulty.build(first(request, { failOperation: 'InternalExecutionError' }));
    assert.equal(run.state, 'Succeeded', run.message);
  });

test('a staging group that is not found once when it is to go is removed all the same', async () => {
  // The first look is before the group is made, and finds none; the second is the one that begins its removal.
  const missed = first(/GET .*\/resourcegroups\/IT_[^/]+$/i, refused(404, 'ResourceGroupNotFound'), {
    skip: 1,
  });
  const run = await faulty.build(missed, { seconds: 60 });
  assert.deepEqual([run.state, run.cleanup], ['Succeeded', 'done'], run.message);
});

test('a former managed image that is not found once when it is to go is replaced all the same', async () => {
  await faulty.build(() => undefined);
  await faulty.fresh();
  // The first look is that of the submission; the second is the one that begins its removal.
  const missed = first(/GET .*\/Microsoft.Compute\/images\/faulty$/i, refused(404, 'ResourceNotFound'), {
    skip: 1,
  });
  const run = await faulty.build(missed);
  assert.equal(run.state, 'Succeeded', run.message);
  const images = (await faulty.artefacts()).filter(({ id }) =>
    id.endsWith('/Microsoft.Compute/images/faulty'),
  );
  assert.deepEqual(
    images.map(({ tags }) => tags?.['kiln-run']),
    [run.id],
  );
});
