// A cancel, or a DELETE of the template, at the very moment of a request to Azure. Machines are simulated.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Faulty, startFaulty } from './campaign/faulty.ts';

let faulty: Faulty;
before(async () => {
  faulty = await startFaulty();
});
after(() => faulty.stop());
beforeEach(() => faulty.fresh());

/** Between two waits of the build, where nothing listened; and where targets are being written. */
const MOMENTS: readonly [what: string, request: RegExp][] = [
  ['the machine is generalized', /POST .*\/generalize$/],
  ['the image is captured', /PUT .*images\/build-image$/],
  ['the machine is switched off', /POST .*\/deallocate$/],
  ['a validator is started', /PUT .*validate\/runCommands\/step/],
  ['a gallery version is made', /PUT .*\/versions\//],
  ['the managed image is made', /PUT .*resourceGroups\/images\/.*\/images\/faulty$/],
];

for (const [what, request] of MOMENTS)
  test(`a cancel while ${what} ends as Canceled, and nothing is left or kept`, async () => {
    let isCanceled = false;
    const begun: string[] = [];
    const cancel = async (): Promise<void> => {
      await faulty.cancel();
      isCanceled = true;
    };
    const run = await faulty.build(({ method, path }) => {
      if (isCanceled && method === 'PUT' && /\/virtualMachines\/[^/]+$/.test(path)) begun.push(path);
      return request.test(`${method} ${path}`) ? { act: cancel, when: 'after' } : undefined;
    });
    assert.equal(run.state, 'Canceled', run.message);
    assert.deepEqual(begun, [], 'no machine is made after a cancel');
    assert.equal(run.cleanup, 'done');
    assert.equal(run.error?.code ?? 'RunCanceled', 'RunCanceled');
    assert.deepEqual(await faulty.leftovers(run), []);
  });

test('a template that is deleted between two waits leaves no group behind', async () => {
  const run = await faulty.build(({ method, path }) =>
    /POST .*\/generalize$/.test(`${method} ${path}`)
      ? { act: () => faulty.remove(), when: 'after' }
      : undefined,
  );
  assert.equal(run.state, 'Canceled', run.message);
  await faulty.gone();
  assert.deepEqual(await faulty.leftovers(run), []);
});
