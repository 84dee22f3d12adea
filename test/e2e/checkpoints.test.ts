// A later build begins with what an earlier one has kept, and with nothing that is not the same.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start();
});
after(() => kiln.stop());

type Step = Record<string, unknown>;
const marked = (step: object, checkpoint: object = {}): Step => ({ ...step, checkpoint });
const ONE = shell('one', 'apt-get install -y curl');
const TWO = shell('two', 'apt-get install -y nginx');
const THREE = (word: string) => shell('three', `echo ${word}`);

async function submit(name: string, customize: object[]): Promise<any> {
  const accepted = await kiln.submit(name, template(customize, [vhd]));
  assert.equal(accepted.body.properties?.provisioningState, 'Succeeded', JSON.stringify(accepted.body));
  return accepted.body.properties;
}

async function build(name: string, customize: object[], query = ''): Promise<any> {
  await submit(name, customize);
  const before = await runsOf(name);
  const asked = await kiln.api('POST', `${kiln.templatePath}/${name}/run${query}`);
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  const run = await kiln.until('the run', async () => {
    const [newest] = await runsOf(name);
    return newest?.endTime !== undefined && newest.cleanup !== undefined && newest.id !== before[0]?.id
      ? newest
      : undefined;
  });
  assert.equal(run.state, 'Succeeded', run.message);
  return { ...run, lines: await linesOf(name, run.id) };
}

const runsOf = async (name: string): Promise<any[]> =>
  (await kiln.api('GET', `${kiln.templatePath}/${name}/runs`)).body.value;

async function linesOf(name: string, id: string): Promise<string[]> {
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${id}/timeline`);
  return body.value.map(({ phase, step, event, message }: any) =>
    [step ?? phase, event, message].filter((part) => part !== undefined).join(' '),
  );
}

const group = async (run: any) =>
  kiln.arm(
    'GET',
    `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/kiln-checkpoints-${run.id}`,
    '2024-03-01',
  );

describe('checkpoints', { concurrency: true }, () => {
  test('a build that changes its last step begins with what the first has kept, and says so', async () => {
    const first = await build('c-last', [ONE, marked(TWO), THREE('a')]);
    assert.equal(first.checkpoint, undefined);
    assert.match(first.lines.join('\n'), /two note Kept as a checkpoint until 20/);
    const second = await build('c-last', [ONE, marked(TWO), THREE('b')]);
    assert.match(
      second.lines.join('\n'),
      /provision note From checkpoint after step 2 of 3, "two", saved \d+ s\./,
    );
    assert.deepEqual(
      second.lines.filter((line: string) => /^(one|two|three) /.test(line)),
      [
        'one skipped The checkpoint has it.',
        'two skipped The checkpoint has it.',
        'three started',
        'three succeeded',
      ],
    );
    const { step, number, runId, key } = second.checkpoint;
    assert.deepEqual({ step, number, runId }, { step: 'two', number: 2, runId: first.id });
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.ok(second.inventory.packages >= first.inventory.packages, 'what the checkpoint has is listed');
    assert.equal((await group(first)).status, 200, 'the next build may begin with it as well');
  });
});
