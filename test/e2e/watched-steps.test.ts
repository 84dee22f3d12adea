// What happens to a step whose machine restarts, stops or loses its agent, or whose end nobody reports.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template, vhd } from '../support/templates.ts';

const profile = {
  faults: [
    { match: { method: 'PUT', path: '*IT_images_w-stuck_*/runCommands/step-000-0' }, effect: 'stuck' },
  ],
};

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start({ profile, record: true });
});
after(() => kiln.stop());

/** One step with the lines, then one that must not run; answers with the run, and the seconds of the step and of its phase. */
async function build(
  name: string,
  lines: string[],
  more: object = {},
): Promise<{ run: any; seconds: number; phase: number }> {
  const step = { ...shell('cut-off', ...lines), ...more };
  const body = template([step, shell('next', 'true')], [vhd]);
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  const run = await kiln.run(name, 250);
  const url = `${kiln.templatePath}/${name}/runs/${run.id}/timeline`;
  const entries: any[] = (await kiln.api('GET', url)).body.value;
  const secondsOf = (isMeant: (entry: any) => boolean) => {
    const times = entries.filter(isMeant).map((entry) => Date.parse(entry.at));
    return (Math.max(...times) - Math.min(...times)) / 1000;
  };
  const phase = secondsOf((entry) => entry.phase === 'customize' && entry.step === undefined);
  return { run, seconds: secondsOf((entry) => entry.step === 'cut-off'), phase };
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

  test('a machine that restarts and whose agent does not come back in time is told as restarted', async () => {
    const ended = await build('w-slow', [
      '# kiln-simulate: stdout="going down slowly" trouble=slow-restart',
      '# kiln-simulate: seconds=3000',
    ]);
    failed(
      ended,
      'MachineRestarted',
      /while Customizer "cut-off" ran: its serial console shows a new start/,
      /going down slowly/,
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
    const vm = await kiln.until('the output of the step', async () => {
      const runs = `${kiln.templatePath}/w-deallocated/runs`;
      const run = (await kiln.api('GET', runs)).body.value?.[0];
      if (run?.subState !== 'Customizing') return undefined;
      const log = await kiln.api('GET', `${runs}/${run.id}/logs/01-cut-off.out`);
      if (!String(log.body).includes('at work')) return undefined;
      return `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/${run.stagingGroup}/providers/Microsoft.Compute/virtualMachines/build`;
    });
    assert.equal((await kiln.arm('POST', `${vm}/deallocate`, '2024-07-01')).status, 202);
    failed(await ending, 'MachineStopped', /was deallocated while Customizer "cut-off" ran/, /at work/);
  });

  test('a machine that is off when a step is to start ends the run with that cause', async () => {
    const ended = await build('w-before', ['# kiln-simulate: power-off']);
    failed(ended, 'MachineStopped', /The machine was stopped (when|while) Customizer "next"/);
  });

  test('a validator whose machine restarts ends the run with the cause', async () => {
    const body = template(
      [shell('fine', 'true')],
      [managedImage(kiln.endpoints.subscriptionId, 'w-validated')],
    );
    const cut = ['# kiln-simulate: stdout="in the middle" trouble=restart', '# kiln-simulate: seconds=3000'];
    body.properties.validate = {
      inVMValidations: [shell('checks', ...cut)],
      continueDistributeOnFailure: true,
    };
    await kiln.submit('w-validated', body);
    const run = await kiln.run('w-validated', 250);
    failed({ run }, 'MachineRestarted', /while Validator "checks" ran/, /in the middle/);
  });

  test('a step that stops the agent ends within three minutes, and is named', async () => {
    const ended = await build('w-agent', [
      '# kiln-simulate: stdout="stopping it" trouble=agent-stop',
      '# kiln-simulate: seconds=1',
    ]);
    failed(
      ended,
      'AgentLost',
      /agent has not answered since .* while Customizer "cut-off".* ran/,
      /stopping it/,
    );
    assert.ok(ended.seconds < 180, `${ended.seconds} s`);
  });

  test('a script that has ended and whose command stays in Running is believed by its own last line', async () => {
    const { run, seconds, phase } = await build('w-stuck', ['# kiln-simulate: stdout="done"']);
    assert.equal(run.state, 'Succeeded', run.message);
    assert.ok(phase > 60 && phase < 180, `${phase} s`);
    assert.ok(seconds < 60, `the step itself has said when it ended: ${seconds} s`);
    const log = await kiln.api('GET', `${kiln.templatePath}/w-stuck/runs/${run.id}/logs/01-cut-off.out`);
    assert.equal(log.body, 'done\n', 'the mark is not shown');
    const { body } = await kiln.api('GET', `${kiln.templatePath}/w-stuck/runs/${run.id}/logs`);
    assert.equal(body.value.find((one: any) => one.name === '01-cut-off.out').bytes, 5);
  });

  test('a silent step that goes on is left alone, with one question more at each look at the most', async () => {
    const { run } = await build('w-silent', ['# kiln-simulate: seconds=50']);
    assert.equal(run.state, 'Succeeded', run.message);
    const sent = readFileSync(kiln.recordFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes(run.stagingGroup) && line.includes('step-000-0'));
    const looks = sent.filter((line) => line.includes('"GET"') && !line.includes('pulse'));
    const pulses = sent.filter((line) => line.includes('pulse'));
    assert.ok(pulses.length > 0, 'it was asked');
    assert.ok(
      pulses.length < 15 && looks.length > pulses.length,
      `${looks.length} looks, ${pulses.length} pulses`,
    );
  });
});
