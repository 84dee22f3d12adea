// What happens to a step whose machine restarts, stops or loses its agent, or whose end nobody reports.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const profile = {
  faults: [
    { match: { method: 'PUT', path: '*IT_images_w-stuck_*/runCommands/step-000-0' }, effect: 'stuck' },
    {
      match: { method: 'PUT', path: '*IT_images_w-refused_*/runCommands/step-000-0' },
      failOperation: { code: 'VMAgentStatusCommunicationError', message: 'No status in time.' },
    },
  ],
};

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile, record: true });
});
after(() => kiln.stop());

/** One step with the lines, then one that must not run; answers with the run and the seconds it took. */
async function build(
  name: string,
  lines: string[],
  more: object = {},
): Promise<{ run: any; seconds: number }> {
  const step = { ...shell('cut-off', ...lines), ...more };
  const body = template([step, shell('next', 'true')], [vhd]);
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const started = Date.now();
  const run = await kiln.run(name, 200);
  return { run, seconds: (Date.now() - started) / 1000 };
}

const failed = ({ run }: { run: any }, code: string, ...words: RegExp[]): void => {
  assert.equal(run.state, 'Failed', run.message);
  assert.equal(run.error.code, code, run.message);
  for (const word of words) assert.match(run.message, word);
};

describe('a machine is watched while a step runs', { concurrency: true }, () => {
  test('a restart in the middle of a step ends it with the cause, its last output and the remedy', async () => {
    const ended = await build('w-restart', [
      '# kiln-simulate: stdout="going down" trouble=restart',
      '# kiln-simulate: seconds=3000',
    ]);
    failed(
      ended,
      'MachineRestarted',
      /restarted while Customizer "cut-off" ran/,
      /going down/,
      /LinuxRestart step/,
    );
    assert.ok(ended.seconds < 180, `${ended.seconds} s`);
  });

  test('a machine that switches itself off in the middle of a step ends it', async () => {
    const ended = await build('w-off', [
      '# kiln-simulate: stdout="good night" trouble=power-off',
      '# kiln-simulate: seconds=3000',
    ]);
    failed(ended, 'MachineStopped', /was stopped while Customizer "cut-off" ran/, /good night/);
    assert.ok(ended.seconds < 60, `${ended.seconds} s`);
  });

  test('somebody deallocates the machine under a step', async () => {
    const ending = build('w-deallocated', [
      '# kiln-simulate: stdout="at work"',
      '# kiln-simulate: seconds=3000',
    ]);
    const vm = await kiln.until('the step', async () => {
      const { body } = await kiln.api('GET', `${kiln.templatePath}/w-deallocated/runs`);
      const run = body.value?.[0];
      if (run?.subState !== 'Customizing') return undefined;
      return `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/${run.stagingGroup}/providers/Microsoft.Compute/virtualMachines/build`;
    });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.equal((await kiln.arm('POST', `${vm}/deallocate`, '2024-07-01')).status, 202);
    failed(await ending, 'MachineStopped', /was deallocated while Customizer "cut-off" ran/, /at work/);
  });

  test('a step that stops the agent ends within three minutes, and is named', async () => {
    const ended = await build('w-agent', [
      '# kiln-simulate: stdout="stopping it" trouble=agent-stop',
      '# kiln-simulate: seconds=1',
    ]);
    failed(
      ended,
      'AgentLost',
      /agent has not answered since .* while Customizer "cut-off" ran/,
      /stopping it/,
    );
    assert.ok(ended.seconds < 180, `${ended.seconds} s`);
  });

  test('a script that has ended and whose command stays in Running is believed by its own last line', async () => {
    const { run, seconds } = await build('w-stuck', ['# kiln-simulate: stdout="done"']);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.ok(seconds > 60 && seconds < 180, `${seconds} s`);
    const log = await kiln.api('GET', `${kiln.templatePath}/w-stuck/runs/${run.id}/logs/01-cut-off.out`);
    assert.equal(log.body, 'done\n', 'the mark is not shown');
    const { body } = await kiln.api('GET', `${kiln.templatePath}/w-stuck/runs/${run.id}/logs`);
    assert.equal(body.value.find((one: any) => one.name === '01-cut-off.out').bytes, 5);
  });

  test('a silent step that goes on is left alone, with one question more at each look at the most', async () => {
    const { run } = await build('w-silent', ['# kiln-simulate: seconds=50']);
    assert.equal(run.state, 'Succeeded', run.message);
  });
});

describe('exit codes tell the truth', { concurrency: true }, () => {
  test('-1 before the limit is a signal, not a time-out', async () => {
    const ended = await build('w-signal', ['# kiln-simulate: exit=-1 seconds=1']);
    failed(ended, 'CustomizerFailed', /"cut-off" was killed by a signal/);
  });

  test("the agent's own failures have a code of their own and its words", async () => {
    const ended = await build('w-101', [
      '# kiln-simulate: exit=-101 message="Error creating AppendBlob: AuthorizationFailure"',
    ]);
    failed(ended, 'AgentFailed', /code -101\): Error creating AppendBlob: AuthorizationFailure/);
  });

  test('a run command that Azure does not start keeps the error of its operation', async () => {
    const ended = await build('w-refused', ['true']);
    failed(ended, 'AgentFailed', /Customizer "cut-off".*VMAgentStatusCommunicationError.*No status in time/s);
  });

  test('at its limit a step is stopped, with its last output', async () => {
    const lines = ['# kiln-simulate: stdout="half of it"', '# kiln-simulate: seconds=60'];
    const ended = await build('w-limit', lines, { timeout: '2s' });
    failed(ended, 'CustomizerTimedOut', /did not end within 2 seconds and was stopped/, /half of it/);
  });
});
