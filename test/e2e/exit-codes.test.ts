// How the end of a step is told: by whom it was ended, and what it said.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const OWN_CODE = { type: 'PowerShell', name: 'own', inline: ['exit -1'], validExitCodes: [0, -1] };
const notRecognized = "'write-host' is not recognized as an internal or external command";
const profile = {
  faults: [
    {
      match: { method: 'PUT', path: '*IT_images_x-refused_*/runCommands/step-000-0' },
      failOperation: { code: 'VMAgentStatusCommunicationError', message: 'No status in time.' },
    },
  ],
  simulated: {
    outcomes: [
      {
        match: '^step-000-check-0\\n',
        runs: [{ exit: 9009, stdout: notRecognized }],
      },
      { match: '\\$payload = ', runs: [{ exit: -1, stdout: 'as it likes', seconds: 1 }] },
    ],
  },
};

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile });
});
after(() => kiln.stop());

async function build(name: string, steps: object[], windows = false): Promise<any> {
  const body = template(steps, [vhd]);
  const sku = '2022-datacenter-azure-edition';
  if (windows)
    Object.assign(body.properties.source, {
      publisher: 'MicrosoftWindowsServer',
      offer: 'WindowsServer',
      sku,
    });
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return kiln.run(name, 120);
}

const failed = (run: any, code: string, ...words: RegExp[]): void => {
  assert.equal(run.error?.code, code, run.message);
  for (const word of words) assert.match(run.message, word);
};

describe('exit codes tell the truth', { concurrency: true }, () => {
  test('-1 before the limit is a signal, not a time-out', async () => {
    const run = await build('x-signal', [shell('one', '# kiln-simulate: exit=-1 seconds=1')]);
    failed(run, 'CustomizerFailed', /"one" was killed by a signal/);
  });

  test("the agent's own failures have a code of their own and its words", async () => {
    const said = 'Error creating AppendBlob: AuthorizationFailure';
    const run = await build('x-101', [shell('one', `# kiln-simulate: exit=-101 message="${said}"`)]);
    failed(run, 'AgentFailed', /code -101\): Error creating AppendBlob: AuthorizationFailure/);
  });

  test('a run command that Azure does not start keeps the error of its operation', async () => {
    const run = await build('x-refused', [shell('one', 'true')]);
    failed(run, 'AgentFailed', /Customizer "one".*VMAgentStatusCommunicationError.*No status in time/s);
  });

  test('at its limit a step is stopped, with its last output', async () => {
    const lines = ['# kiln-simulate: stdout="half of it"', '# kiln-simulate: seconds=60'];
    const run = await build('x-limit', [{ ...shell('one', ...lines), timeout: '2s' }]);
    failed(run, 'CustomizerTimedOut', /did not end within 2 seconds and was stopped/, /half of it/);
  });

  test('on Windows -1 is the code of the script, which may be a valid one', async () => {
    const { validExitCodes: _, ...strict } = OWN_CODE;
    const run = await build('x-windows', [OWN_CODE, { ...strict, name: 'strict' }], true);
    failed(run, 'CustomizerFailed', /"strict" ended with exit code -1\. Its last output:\nas it likes/);
  });

  test('a check after a restart is run once: its code is noted and not judged', async () => {
    const restart = { type: 'WindowsRestart', name: 'back', restartCheckCommand: "write-host 'back'" };
    const run = await build('x-check', [{ ...restart, restartTimeout: '30s' }], true);
    assert.equal(run.state, 'Succeeded', run.message);
    const url = `${kiln.templatePath}/x-check/runs/${run.id}`;
    const entries: any[] = (await kiln.api('GET', `${url}/timeline`)).body.value;
    const note = entries.find((entry) => entry.step === 'back' && entry.event === 'note');
    assert.match(note?.message ?? '', /restartCheckCommand ended with exit code 9009.*not recognized/s);
    const logs: any[] = (await kiln.api('GET', `${url}/logs`)).body.value;
    const checks = logs.filter((log) => log.name.includes('check') && log.name.endsWith('.out'));
    assert.deepEqual(
      checks.map((log) => [log.name, log.bytes]),
      [['01-back.check-0.out', notRecognized.length + 1]],
    );
  });
});
