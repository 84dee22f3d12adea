// A real guest that restarts, kills its shell, or stops its agent under a step.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;
const timeout = 900_000;

/**
 * Seconds. Three minutes are the promise, which watched-steps.test.ts holds with simulated machines; two guests under emulation beside
 * other tests took 187 and 203 of them. Nothing but the end of the build would end these without a watch, after half an hour.
 */
const MOST = 420;

let kiln: LocalKiln;
before(async () => {
  if (skip === false) kiln = await LocalKiln.start({ machines: 'qemu' });
});
after(async () => {
  if (skip === false) await kiln.stop();
});

async function build(name: string, steps: object[]): Promise<{ run: any; timeline: any[] }> {
  await kiln.submit(name, template(steps, [vhd]));
  const run = await kiln.run(name, 850);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  return { run, timeline: body.value };
}

function secondsOf(timeline: any[], step: string): number {
  const at = (event: string) =>
    Date.parse(timeline.find((entry) => entry.step === step && entry.event === event).at);
  return (at('failed') - at('started')) / 1000;
}

// Most of their time is patience with a machine, so that both have it at once.
describe('a real machine is watched while a step runs', { concurrency: 2 }, () => {
  test(
    'a killed shell is told as killed, and a reboot inside a step ends it within minutes',
    { skip, timeout },
    async (t) => {
      const killed = shell(
        'killed',
        'if [ ! -e /srv/once ]; then touch /srv/once; echo alive; kill -9 $$; fi',
        'echo ran',
      );
      const { run, timeline } = await build('real-reboot', [
        { ...killed, retry: { attempts: 2, pause: '1s' } },
        shell('reboots', 'echo going down', 'reboot', 'sleep 600'),
        shell('never', 'true'),
      ]);
      const notes = timeline.filter((entry) => entry.step === 'killed' && entry.event === 'note');
      const told = notes.map(({ message }) => message).join('\n');
      assert.match(told, /exit code 137: a process of it was killed by signal 9.*alive/s);
      assert.equal(run.error.code, 'MachineRestarted', run.message);
      assert.match(run.message, /restarted while Customizer "reboots" ran.*LinuxRestart step.*going down/s);
      const seconds = secondsOf(timeline, 'reboots');
      t.diagnostic(`${seconds} s: ${run.message}`);
      assert.ok(seconds < MOST, `${seconds} s`);
    },
  );

  test(
    'a step that stops the agent of its machine is named as the one that did',
    { skip, timeout },
    async (t) => {
      const { run, timeline } = await build('real-agent', [
        shell('stops-agent', 'echo stopping', 'systemctl stop qemu-guest-agent', 'echo stopped'),
        shell('never', 'true'),
      ]);
      assert.equal(run.error.code, 'AgentLost', run.message);
      assert.match(
        run.message,
        /agent has not answered since .* while Customizer "stops-agent" ran.*stopped/s,
      );
      const seconds = secondsOf(timeline, 'stops-agent');
      t.diagnostic(`${seconds} s: ${run.message}`);
      assert.ok(seconds < MOST, `${seconds} s`);
    },
  );
});
