// Plain steps share a run command: what people see of each of them is as if it had one of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start();
});
after(() => kiln.stop());

const says = (name: string, words: string, more = '') =>
  shell(name, `# kiln-simulate: stdout="${words}" stderr="${words}, aside" ${more}`);
const step = (name: string) => (entry: any) => entry.step === name;

async function submit(name: string, customize: object[], validators: object[] = []): Promise<void> {
  const body = template(customize, [vhd]);
  if (validators.length > 0) body.properties.validate = { inVMValidations: validators };
  const accepted = await kiln.submit(name, body);
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
}

async function build(
  name: string,
  ...steps: Parameters<typeof submit> extends [any, ...infer R] ? R : never
) {
  await submit(name, ...steps);
  return kiln.run(name);
}

async function told(name: string, run: any) {
  const of = `${kiln.templatePath}/${name}/runs/${run.id}`;
  const log = async (file: string) => (await kiln.api('GET', `${of}/logs/${file}`)).body ?? '';
  const names = (await kiln.api('GET', `${of}/logs`)).body.value.map((one: any) => one.name);
  return { entries: (await kiln.api('GET', `${of}/timeline`)).body.value, log, names };
}

describe('steps that share a run command', { concurrency: true }, () => {
  test('each has its own log, its own lines in order, and the listing of the image comes with them', async () => {
    const steps = ['one', 'two', 'three'].map((name) => says(name, `said by ${name}`));
    const run = await build('b-three', steps, [says('v-one', 'valid'), says('v-two', 'valid too')]);
    assert.equal(run.state, 'Succeeded', run.message);
    const { entries, log, names } = await told('b-three', run);
    for (const [nth, name] of ['one', 'two', 'three'].entries()) {
      assert.equal(await log(`0${nth + 1}-${name}.out`), `said by ${name}\n`);
      assert.equal(await log(`0${nth + 1}-${name}.err`), `said by ${name}, aside\n`);
    }
    assert.equal(await log('05-v-two.out'), 'valid too\n');
    assert.match(await log('inventory.out'), /^os\t/m);
    assert.ok(!names.some((file: string) => file.startsWith('batch-')), names.join(' '));
    const events = entries.filter((entry: any) => entry.phase === 'customize' && entry.step);
    assert.deepEqual(
      events.map((entry: any) => `${entry.step} ${entry.event}`),
      ['one', 'two', 'three'].flatMap((name) => [`${name} started`, `${name} succeeded`]),
    );
    assert.ok(run.inventory.packages > 0, 'the inventory is kept with the run');
  });

  test('the step that fails is named with its code and its output alone, and what comes after it never ran', async () => {
    const steps = [says('first', 'fine'), says('second', 'broken', 'exit=3'), says('third', 'never')];
    const run = await build('b-fails', steps);
    assert.equal(run.state, 'Failed');
    assert.match(run.message, /Customizer "second" ended with exit code 3.*broken/s);
    assert.doesNotMatch(run.message, /fine|kiln-step|never/);
    const { entries, log } = await told('b-fails', run);
    assert.equal(await log('02-second.out'), 'broken\n');
    assert.equal(await log('03-third.out'), '');
    assert.ok(entries.some((entry: any) => step('first')(entry) && entry.event === 'succeeded'));
    assert.equal(entries.filter(step('third')).length, 0);
    const ends = entries.filter((entry: any) => step('second')(entry) && entry.event !== 'started');
    assert.deepEqual(
      ends.map(({ event }: any) => event),
      ['failed'],
    );
  });

  test('a machine that restarts under one of them is told of that one', async () => {
    const cut = shell(
      'cut-off',
      '# kiln-simulate: stdout="going down" trouble=restart',
      '# kiln-simulate: seconds=3000',
    );
    await submit('b-restart', [says('before', 'fine'), cut, says('after', 'never')]);
    const run = await kiln.run('b-restart', 200);
    assert.equal(run.error.code, 'MachineRestarted', run.message);
    assert.match(run.message, /restarted while Customizer "cut-off" ran.*going down/s);
    const { entries } = await told('b-restart', run);
    assert.ok(entries.some((entry: any) => step('cut-off')(entry) && entry.event === 'failed'));
  });

  test('while they run, the timeline and the logs tell which is under way, and a cancel ends it', async () => {
    await submit('b-live', [says('quick', 'soon'), shell('slow', '# kiln-simulate: seconds=300')]);
    await kiln.api('POST', `${kiln.templatePath}/b-live/run`);
    const live = await kiln.until('the second step', async () => {
      const [run] = (await kiln.api('GET', `${kiln.templatePath}/b-live/runs`)).body.value;
      if (run === undefined) return undefined;
      const seen = await told('b-live', run);
      return seen.entries.some(step('slow')) ? seen : undefined;
    });
    assert.ok(live.entries.some((entry: any) => step('quick')(entry) && entry.event === 'succeeded'));
    assert.equal(await live.log('01-quick.out'), 'soon\n');
    await kiln.api('POST', `${kiln.templatePath}/b-live/cancel`);
    assert.equal((await kiln.ended('b-live')).state, 'Canceled');
  });
});
