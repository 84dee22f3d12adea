// A sender of messages is no Builder: what a message may do is what its template and the policy let it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type AccessPolicy, OPEN, type Rule } from '../../shared/access/policy.ts';
import { QUEUE } from '../../shared/model/principal.ts';
import type { CommandContext } from '../../shared/commands/context.ts';
import { KilnError, type Failure } from '../../shared/errors/failure.ts';
import { accept, type Accepted } from '../../shared/requests/accept.ts';
import { readMessage } from '../../shared/requests/read-message.ts';
import { createBlobStore } from '../../shared/store/blob-store.ts';
import { templateId } from '../../shared/model/ids.ts';
import { FakeEngine, sampleBody } from '../support/api.ts';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { group, managed, SUBSCRIPTION, twoTeams } from './support.ts';

const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'team-b', name: 'web' };
const ID = templateId(REF);

const queueRule = (...actions: Rule['actions']): Rule => ({
  name: 'queue',
  principals: ['queue:build-requests'],
  actions,
  scopes: [group('team-b')],
});

/** Names that interpreters obey; a list of them is never complete. */
const OBEYED = [
  ...['TAR_OPTIONS', 'OPENSSL_CONF', 'GCONV_PATH', 'PERLLIB', 'DOTNET_STARTUP_HOOKS', 'APT_CONFIG'],
  ...['HTTPS_PROXY', 'PIP_INDEX_URL', 'LESSOPEN', 'PATH', 'LD_PRELOAD', 'BASH_ENV', 'NODE_OPTIONS'],
  ...['GIT_SSH_COMMAND', 'PYTHONPATH'],
];

describe('a message', () => {
  let azurite: Azurite;
  let context: CommandContext;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());
  beforeEach(async () => {
    context = {
      store: createBlobStore(await azurite.container()),
      engine: new FakeEngine(),
      actor: QUEUE,
      gate: { policy: OPEN, isOwnBlob: () => false },
      log: () => undefined,
      urls: { allow: [] },
      now: () => new Date(),
      newId: () => crypto.randomUUID(),
    };
  });

  async function plant(changes: Record<string, unknown> = {}): Promise<void> {
    const times = { createdAt: '2026-01-01T00:00:00Z', changedAt: '2026-01-01T00:00:00Z' };
    const head = { schema: 1, ref: REF, revision: 1, provisioningState: 'Succeeded', ...times } as const;
    const body = sampleBody(changes);
    await context.store.templates.put({ ...head, body, bodyApiVersion: '2026-11-01' }, 'absent');
  }

  const under = (policy: AccessPolicy): CommandContext => ({ ...context, gate: { ...context.gate, policy } });
  const send = (rest: object = {}, policy: AccessPolicy = OPEN): Promise<Accepted> => {
    const message = { body: { templateId: ID, ...rest }, messageId: crypto.randomUUID(), properties: {} };
    return accept(under(policy), readMessage(message, { allow: [] }));
  };
  const refusal = (work: Promise<unknown>): Promise<Failure> =>
    work.then(
      () => assert.fail('It should have been refused.'),
      (error: unknown) => (error instanceof KilnError ? error.failure : Promise.reject(error)),
    );

  test('brings no template along, unless a rule gives the queue "write" there', async () => {
    await plant({ buildRequests: {} });
    const inline = { template: sampleBody({ customize: [{ type: 'Shell', name: 'evil', inline: ['id'] }] }) };
    const before = (await context.store.templates.get(REF))?.value.body;
    assert.equal((await refusal(send(inline))).code, 'Forbidden');
    assert.deepEqual((await context.store.templates.get(REF))?.value.body, before);
    const policy: AccessPolicy = { mode: 'open', rules: [queueRule('run', 'write')] };
    assert.equal((await send(inline, policy)).request.state, 'waiting');
  });

  test('names in an inline template what its rules cover, and nothing else', async () => {
    const inline = { template: sampleBody({ distribute: [managed('team-a')] }) };
    const policy: AccessPolicy = { mode: 'open', rules: [queueRule('run', 'write')] };
    const { code, details = [] } = await refusal(send(inline, policy));
    assert.equal(code, 'LinkedAuthorizationFailed');
    assert.deepEqual(
      details.map(({ target }) => target),
      ['/properties/distribute/0/imageId'],
    );
  });

  test('runs no template that does not take requests, unless a rule gives the queue "run" there', async () => {
    await plant();
    const { code, message } = await refusal(send());
    assert.equal(code, 'Forbidden');
    assert.match(message, /"buildRequests": \{\}/);
    const { request } = await send({}, { mode: 'open', rules: [queueRule('run')] });
    assert.equal(request.state, 'started');
    assert.deepEqual(request.requestedBy, QUEUE);
    assert.deepEqual((await context.store.runs.get(REF, request.id))?.requestedBy, QUEUE);
  });

  test('runs nothing in a deployment that denies what no rule gives, though the template takes requests', async () => {
    await plant({ buildRequests: {} });
    assert.equal((await refusal(send({}, twoTeams()))).code, 'Forbidden');
    assert.equal((await send()).request.state, 'started');
  });

  test('sets the parameters that the template declares, and of the others not one', async () => {
    await plant({ buildRequests: { parameters: ['CHANNEL'] } });
    const parameters = Object.fromEntries(['CHANNEL', ...OBEYED].map((name) => [name, 'x']));
    const { code, details = [] } = await refusal(send({ parameters }));
    assert.equal(code, 'ValidationFailed');
    assert.deepEqual(
      details.map(({ target }) => target),
      OBEYED.map((name) => `/parameters/${name}`),
    );
    const { request } = await send({ parameters: { CHANNEL: 'beta' } });
    const run = await context.store.runs.get(REF, request.id);
    assert.deepEqual(run?.parameters, { CHANNEL: 'beta' });
  });
});
