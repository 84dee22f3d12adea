// Local mode ends in the middle of a step, and is started again: runs go on, or end with the cause.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

async function startSteps(kiln: LocalKiln, name: string): Promise<void> {
  const steps = [
    shell('endless', '# kiln-simulate: stdout="half of it"', '# kiln-simulate: seconds=3000'),
    shell('next', 'true'),
  ];
  await kiln.submit(name, template(steps, [vhd]));
  assert.equal((await kiln.api('POST', `${kiln.templatePath}/${name}/run`)).status, 202);
  await kiln.until('the output of the step', async () => {
    const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs`);
    const { body: logs } = await kiln.api(
      'GET',
      `${kiln.templatePath}/${name}/runs/${body.value[0].id}/logs`,
    );
    return logs.value?.some((log: any) => log.name === '01-endless.out' && log.bytes > 0) || undefined;
  });
}

for (const [signal, how] of [
  ['SIGINT', 'Ctrl-C'],
  ['SIGKILL', 'a killed supervisor'],
] as const)
  test(`after ${how} in mid-step the run ends with the cause when local mode is started again`, async () => {
    const first = await LocalKiln.start({});
    let second: LocalKiln | undefined;
    try {
      await startSteps(first, 'cut');
      await first.halt(signal);
      if (signal === 'SIGINT') assert.match(first.stderr, /1 run is under way\. The machines stop now/);
      const again = Date.now();
      second = await LocalKiln.start({ folder: first.folder });
      const run = await second.ended('cut', 180);
      assert.equal(run.state, 'Failed');
      assert.equal(run.error.code, 'MachineStopped', run.message);
      assert.match(run.message, /machine was stopped while Customizer "endless" ran/);
      assert.match(run.message, /Its last output:\nhalf of it/);
      assert.equal(run.cleanup, 'done');
      assert.ok(Date.now() - again < 180_000);
      const built = await second.submit('after', template([shell('one', 'true')], [vhd]));
      assert.equal(built.body.properties.provisioningState, 'Succeeded');
      assert.equal((await second.run('after')).state, 'Succeeded', 'the template can be built again');
    } finally {
      await second?.stop();
      await first.stop();
      rmSync(first.folder, { recursive: true, force: true });
    }
  });
