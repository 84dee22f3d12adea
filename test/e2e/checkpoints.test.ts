// A later build begins with what an earlier one has kept, and with nothing that is not the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ContainerClient } from '@azure/storage-blob';
import { createBlobStore } from '../../shared/store/blob-store.ts';
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
  const run = await kiln.until(
    'the run',
    async () => {
      const [newest] = await runsOf(name);
      return newest?.endTime !== undefined && newest.cleanup !== undefined && newest.id !== before[0]?.id
        ? newest
        : undefined;
    },
    240,
  );
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

const groupOf = (run: any): string =>
  `/subscriptions/${kiln.endpoints.subscriptionId}/resourceGroups/kiln-checkpoints-${run.id}`;

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
    assert.equal(
      (await kiln.arm('GET', groupOf(first), '2024-03-01')).status,
      200,
      'the next build may begin with it as well',
    );
  });

  test('a change of an earlier step is built whole', async () => {
    await build('c-early', [ONE, marked(TWO), THREE('a')]);
    const other = shell('one', 'apt-get install -y wget');
    const second = await build('c-early', [other, marked(TWO), THREE('a')]);
    assert.equal(second.checkpoint, undefined);
    assert.ok(second.lines.includes('one succeeded'));
    const back = await build('c-early', [ONE, marked(TWO), THREE('a')]);
    assert.equal(back.checkpoint?.step, 'two', 'the first one is still there');
  });

  test('a run that is to use none begins with the source, and what it makes takes the place of the older', async () => {
    const first = await build('c-none', [ONE, marked(TWO), THREE('a')]);
    const fresh = await build('c-none', [ONE, marked(TWO), THREE('b')], '?noCache=true');
    assert.deepEqual([fresh.noCache, fresh.checkpoint], [true, undefined]);
    assert.ok(fresh.lines.includes('one succeeded'));
    const third = await build('c-none', [ONE, marked(TWO), THREE('c')]);
    assert.equal(third.checkpoint.runId, fresh.id);
    assert.notEqual(third.checkpoint.runId, first.id);
  });

  test('a checkpoint that is gone costs its build nothing but time, and that is told', async () => {
    const first = await build('c-lost', [ONE, marked(TWO), THREE('a')]);
    await kiln.arm('DELETE', groupOf(first), '2024-03-01');
    await kiln.until('the group to go', async () =>
      (await kiln.arm('GET', groupOf(first), '2024-03-01')).status === 404 ? true : undefined,
    );
    const second = await build('c-lost', [ONE, marked(TWO), THREE('b')]);
    assert.match(
      second.lines.join('\n'),
      /The checkpoint after step 2 of 3, "two", could not be used; the build begins with its source\./,
    );
    assert.equal(second.checkpoint, undefined, 'its provenance speaks of the source alone');
    assert.ok(second.lines.includes('one succeeded'));
    const third = await build('c-lost', [ONE, marked(TWO), THREE('c')]);
    assert.equal(third.checkpoint.runId, second.id, 'the next one has the new checkpoint');
  });

  test('nothing is kept after a step with secrets unless that is allowed, and the submission says so', async () => {
    const secrets = { TOKEN: 'https://build.vault.azure.net/secrets/token' };
    const login = { ...shell('login', 'true'), secrets };
    const told = await submit('c-secret', [login, marked(TWO), THREE('a')]);
    assert.match(told.warnings[0], /^No checkpoint is made after "two": "login" has secrets/);
    const allowed = await submit('c-secret', [login, marked(TWO, { afterSecrets: true }), THREE('a')]);
    assert.equal(allowed.warnings, undefined);
  });

  test('older api-versions know no checkpoints', async () => {
    const url = `${kiln.endpoints.api}${kiln.templatePath}/c-old?api-version=2024-02-01`;
    const answer = await kiln.api('PUT', url, template([marked(ONE), TWO], [vhd]));
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), /checkpoint/);
  });
});

describe('checkpoints through the death of a host', () => {
  test('a host that dies while one is made leaves a build that ends well, and one checkpoint', async () => {
    await submit('c-killed', [ONE, marked(TWO), THREE('a')]);
    await kiln.api('POST', `${kiln.templatePath}/c-killed/run`);
    const run = await kiln.until('the marked step', async () => {
      const [newest] = await runsOf('c-killed');
      return newest !== undefined && (await linesOf('c-killed', newest.id)).includes('two succeeded')
        ? newest
        : undefined;
    });
    await kiln.killHost(0);
    const ended = await kiln.ended('c-killed', 120);
    assert.equal(ended.state, 'Succeeded', ended.message);
    const { body } = await kiln.arm(
      'GET',
      `${groupOf(run)}/providers/Microsoft.Compute/snapshots`,
      '2024-03-02',
    );
    assert.deepEqual(
      body.value.map(({ name }: any) => name),
      ['checkpoint-001'],
    );
    const second = await build('c-killed', [ONE, marked(TWO), THREE('b')]);
    assert.equal(second.checkpoint.runId, run.id);
  });

  test('the janitor takes what has had its time, and nothing before that', async () => {
    const [old, young] = [
      await build('c-old-age', [ONE, marked(TWO), THREE('a')]),
      await build('c-young', [ONE, marked(TWO), THREE('a')]),
    ];
    const store = createBlobStore(new ContainerClient(kiln.endpoints.storage, 'kiln'));
    const { subscriptionId } = kiln.endpoints;
    await store.ledger.update(subscriptionId, old.id, ({ cache, ...entry }) => ({
      ...entry,
      cache: { group: cache?.group ?? '', expires: '2026-01-01T00:00:00.000Z' },
    }));
    // A host that was down when the timer was due runs it at its next start.
    const missed = JSON.stringify({ 'timer-janitor': { last: 0, next: 1 } });
    writeFileSync(path.join(kiln.folder, 'host/timers.json'), missed);
    process.kill(kiln.endpoints.pids.host, 'SIGKILL');
    await kiln.until('the removal of the old checkpoint', async () =>
      (await kiln.arm('GET', groupOf(old), '2024-03-01')).status === 404 ? true : undefined,
    );
    assert.equal((await kiln.arm('GET', groupOf(young), '2024-03-01')).status, 200);
    await kiln.api('DELETE', `${kiln.templatePath}/c-young`);
    await kiln.until('the end of the template', async () =>
      (await kiln.api('GET', `${kiln.templatePath}/c-young`)).status === 404 ? true : undefined,
    );
    writeFileSync(path.join(kiln.folder, 'host/timers.json'), missed);
    process.kill(kiln.endpoints.pids.host, 'SIGKILL');
    await kiln.until('the removal of what a template has left', async () =>
      (await kiln.arm('GET', groupOf(young), '2024-03-01')).status === 404 ? true : undefined,
    );
  });
});
