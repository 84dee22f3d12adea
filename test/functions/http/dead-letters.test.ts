// Dead letters by the API and by the command, against the broker of local mode.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { createDeadLetters } from '../../../shared/messaging/dead-letters.ts';
import { keyOfMessage } from '../../../shared/requests/read-message.ts';
import { run } from '../../cli/command.ts';
import { A, B, templates, tokenOf, twoTeams } from '../../security/support.ts';
import { Api, type Issuer, startIssuer } from '../../support/api.ts';
import { type Azurite, startAzurite } from '../../support/azurite.ts';
import { listen, startBus } from '../../support/bus.ts';

const PATH = '/providers/Microsoft.VirtualMachineImages/deadLetters';
const ID = (team: string) => `${templates(team)}/web`;

let azurite: Azurite;
let issuer: Issuer;
let bus: Awaited<ReturnType<typeof startBus>>;
before(async () => {
  [azurite, issuer, bus] = await Promise.all([startAzurite(), startIssuer(), startBus()]);
});
after(async () => {
  issuer.stop();
  await Promise.all([azurite.stop(), bus.stop()]);
});

const deadLetters = () => createDeadLetters({ bus: () => bus.client, name: 'build-requests' }, keyOfMessage);

test('the command lists, shows, resubmits and discards; a resubmitted one is the same request under a new id', async () => {
  const api = await Api.start(issuer, azurite, { deadLetters: deadLetters() });
  const { url, stop } = await listen(api);
  const kiln = (...args: string[]) =>
    run(['dlq', ...args], tmpdir(), { env: { KILN_ENDPOINT: url, KILN_TOKEN: 'any' } });
  assert.equal((await kiln('list')).stdout, 'No dead letters.\n');
  const templateId = ID('images');
  await bus.bury(
    [
      { body: { templateId }, messageId: 'aa-1', applicationProperties: { team: 'web' }, correlationId: 'c' },
      { body: { templateId, idempotencyKey: 'k' }, messageId: 'bb-2' },
      { body: Buffer.from('no JSON \u001b[31m'), messageId: 'bc-3' },
      { body: { templateId }, messageId: 'dd-4' },
    ],
    ['InvalidValue', 'TemplateNotFound', 'InvalidJson', 'Forbidden'],
  );
  const { stdout } = await kiln('list');
  const first = /^NUMBER {2}MESSAGE .*\n1 {7}aa-1 .*InvalidValue {6}Mend it\.\n2 {7}bb-2 .*TemplateNotFound/;
  assert.match(stdout, first);
  const shown = await kiln('show', 'aa');
  assert.equal(shown.stderr, '');
  assert.match(shown.stdout, /^aa-1\n[\s\S]*reason {7}InvalidValue[\s\S]*team {9}web[\s\S]*"templateId"/);
  assert.ok(!(await kiln('show', '3')).stdout.includes('\u001b'));
  assert.match((await kiln('show', 'b')).stderr, /more than one/);
  assert.deepEqual([(await kiln('show', 'zz')).code, (await kiln('resubmit')).code], [2, 2]);

  assert.equal((await kiln('resubmit', 'aa-1')).stdout, 'Sent aa-1 again.\n');
  const again = await bus.take();
  assert.match(again.messageId, /^aa-1#resubmitted-/);
  assert.deepEqual(again.applicationProperties, { team: 'web', 'kiln-request-key': 'aa-1' });
  assert.deepEqual([again.body, again.correlationId], [{ templateId }, 'c']);

  assert.equal((await kiln('discard', 'dd-4')).stdout, 'Deleted dd-4.\n');
  const rest = await kiln('resubmit', '--all', '--json');
  assert.deepEqual(JSON.parse(rest.stdout), { resubmitted: ['bb-2', 'bc-3'] });
  const own = await bus.take();
  assert.deepEqual([own.body.idempotencyKey, own.applicationProperties], ['k', {}], 'its own key is enough');
  assert.equal((await bus.take()).body.toString(), 'no JSON \u001b[31m');
  assert.equal((await kiln('list')).stdout, 'No dead letters.\n');
  stop();
  const audit = api.lines
    .filter((line) => line.includes('request.'))
    .map((line) => JSON.parse(line.slice(6)));
  assert.deepEqual(
    audit.map(({ action, detail }) => `${action} ${detail}`),
    ['request.resubmit message aa-1', 'request.discard message dd-4'].concat(
      ['bb-2', 'bc-3'].map((id) => `request.resubmit message ${id}`),
    ),
  );
});

test('who sees and settles a dead letter is who may read and run what it asks for; what cannot be read is for those who may everywhere', async () => {
  const api = await Api.start(issuer, azurite, { policy: twoTeams(), deadLetters: deadLetters() });
  await bus.bury(
    [
      { body: { templateId: ID('team-a'), priority: 'high' }, messageId: 'of-a' },
      { body: { specversion: '1.0', data: { templateId: ID('team-b') } }, messageId: 'of-b' },
      { body: 'no request', messageId: 'of-nobody' },
    ],
    ['InvalidValue', 'InvalidValue', 'InvalidValue'],
  );
  const as = async (oid: string, method: string, path: string, role = 'Admin') =>
    api.send(method, path, { token: await tokenOf(issuer, oid, { roles: [role] }) });
  const seen = async (oid: string, role?: string): Promise<any[]> =>
    (await as(oid, 'GET', PATH, role)).body.value;
  assert.deepEqual(
    (await seen(A)).map(({ messageId, may }) => [messageId, may]),
    [['of-a', true]],
  );
  assert.deepEqual(
    (await seen(B)).map(({ messageId }) => messageId),
    ['of-b'],
  );
  assert.deepEqual(
    (await seen(A, 'Reader')).map(({ may }) => may),
    [false],
  );
  const [{ number }] = await seen(A);
  assert.equal((await as(A, 'DELETE', `${PATH}/${number}`, 'Reader')).status, 403);
  for (const [method, path] of [
    ['DELETE', `${PATH}/${number}`],
    ['POST', `${PATH}/${number}/resubmit`],
  ] as const)
    assert.equal((await as(B, method, path)).status, 404, 'of another team: nobody learns that it is there');
  assert.equal((await as(A, 'DELETE', `${PATH}/${number}`)).status, 200);
  assert.equal((await as(A, 'DELETE', `${PATH}/${number}`)).status, 404);
  api.policy = { mode: 'open', rules: [] };
  assert.deepEqual(
    (await seen(A)).map(({ messageId }) => messageId),
    ['of-b', 'of-nobody'],
  );
});

test('a dead letter that somebody else holds is not sent', async () => {
  const api = await Api.start(issuer, azurite, { deadLetters: deadLetters() });
  const other = bus.client.createReceiver('build-requests', { subQueueType: 'deadLetter' });
  const [held] = await other.receiveMessages(1, { maxWaitTimeInMs: 3000 });
  assert.ok(held);
  const answer = await api.send('POST', `${PATH}/${String(held.sequenceNumber)}/resubmit`);
  assert.deepEqual([answer.status, answer.body.error.code], [409, 'OperationNotAllowed']);
  assert.match(answer.body.error.message, /somebody else holds it/);
  await other.abandonMessage(held);
  await other.close();
});
