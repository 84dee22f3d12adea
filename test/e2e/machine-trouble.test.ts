// What happens to a build when its machine cannot be had, does not come up, or does not let itself be generalized.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const operation = 'VirtualMachines_CreateOrUpdate';
const profile = {
  allocationFailures: [{ size: 'Standard_D2ds_v4', code: 'AllocationFailed', times: 1 }],
  faults: [
    {
      match: { operation },
      calls: [2],
      failOperation: { code: 'OSProvisioningTimedOut', message: 'The system did not report in time.' },
    },
    {
      match: { operation },
      calls: [4],
      answer: { status: 403, code: 'RequestDisallowedByPolicy', message: 'Policy "no-vm" disallows it.' },
    },
  ],
  simulated: {
    outcomes: [
      {
        match: '^deprovision\n',
        runs: [{ serial: 'kiln: deprovisioning failed with exit code 3\nwaagent: no space left on device' }],
      },
    ],
  },
};

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile });
});
after(() => kiln.stop());

test('sizes are walked, a machine that does not come up is made once more, and a failed deprovisioning is told at once', async () => {
  await kiln.submit('trouble', template([shell('one', 'true')], [vhd]));
  const run = await kiln.run('trouble', 120);
  assert.equal(run.error.code, 'GeneralizeFailed', run.message);
  assert.match(run.message, /exit code 3[\s\S]*no space left on device/);
  const url = `${kiln.templatePath}/trouble/runs/${run.id}`;
  const { body } = await kiln.api('GET', `${url}/timeline`);
  const failed = body.value.filter((entry: any) => entry.phase === 'provision' && entry.event === 'failed');
  assert.deepEqual(
    failed.map((entry: any) => entry.step),
    ['Standard_D2ds_v4', 'Standard_D2as_v5 (attempt 2)'],
  );
  assert.match(failed[1].message, /did not report in time/);
  assert.equal(run.vmSize, 'Standard_D2as_v5');
  const logs = (await kiln.api('GET', `${url}/logs`)).body.value.map((log: any) => log.name);
  assert.ok(logs.includes('deprovision-serial.out'), logs.join(' '));
  assert.ok(logs.includes('deprovision-diagnosis.out'), logs.join(' '));
});

test("what no repetition mends ends the run with Azure's words", async () => {
  await kiln.submit('denied', template([shell('one', 'true')], [vhd]));
  const run = await kiln.run('denied', 60);
  assert.equal(run.state, 'Failed');
  assert.equal(run.error.code, 'AzureRefused', run.message);
  assert.match(run.message, /RequestDisallowedByPolicy.*no-vm/);
  assert.equal(run.cleanup, 'done');
});
