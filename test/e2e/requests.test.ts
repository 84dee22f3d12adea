// Requests by message and events by topic, with the official client on both ends.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import type { CloudEvent } from '../../shared/model/cloud-event.ts';
import { requestId } from '../../shared/requests/read-message.ts';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { assertEvent, deduplicated } from '../support/events.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { asked, managedImage, shell, template } from '../support/templates.ts';

let kiln: LocalKiln;
let bus: ServiceBusClient;
let subscription = '';

before(async () => {
  kiln = await LocalKiln.start({ env: { KILN_MAX_BUILDS: '1' } });
  bus = new ServiceBusClient(kiln.endpoints.serviceBus);
  subscription = kiln.endpoints.subscriptionId;
});
after(async () => {
  await bus.close();
  await kiln.stop();
});

const idOf = (name: string): string => `${kiln.templatePath}/${name}`;
const body = (name: string, ...steps: string[]): object =>
  asked(
    template(
      steps.map((line, index) => shell(`step-${index}`, line)),
      [managedImage(subscription, name)],
    ),
    ['CHANNEL'],
  );

async function send(messageId: string, message: unknown, rest: object = {}): Promise<void> {
  await bus.createSender('build-requests').sendMessages({ messageId, body: message, ...rest });
}

const request = async (name: string, id: string): Promise<any> =>
  (await kiln.api('GET', `${idOf(name)}/requests/${id}`)).body;
const runOf = (name: string, id: string): Promise<any> =>
  kiln.until('the end of the run', async () => {
    const { body: run } = await kiln.api('GET', `${idOf(name)}/runs/${id}`);
    const isClean = run.cleanup !== undefined || run.stagingGroup === undefined;
    return run.endTime !== undefined && isClean ? run : undefined;
  });

const events: CloudEvent[] = [];
async function drain(isEnough: () => boolean): Promise<void> {
  const receiver = bus.createReceiver('build-events', 'all');
  const deadline = Date.now() + 70_000;
  while (!isEnough() && Date.now() < deadline) {
    const messages = await receiver.receiveMessages(50, { maxWaitTimeInMs: 500 });
    for (const message of messages) {
      events.push(message.body as CloudEvent);
      await receiver.completeMessage(message);
    }
  }
  await receiver.close();
}

async function deadLetter(messageId: string): Promise<ServiceBusReceivedMessage> {
  return kiln.until('the dead letter', async () => {
    // A client peeks on from where it was.
    const client = new ServiceBusClient(kiln.endpoints.serviceBus);
    const receiver = client.createReceiver('build-requests', { subQueueType: 'deadLetter' });
    const found = await receiver.peekMessages(20);
    await client.close();
    return found.find((message) => message.messageId === messageId);
  });
}

test('a message starts a run, a second one with the same key does not, and the topic tells what happened', async () => {
  await kiln.submit('queued', body('queued', 'echo $CHANNEL'));
  const message = {
    templateId: idOf('queued'),
    reason: 'CVE-2026-1',
    correlationId: 'change-7',
    idempotencyKey: 'same',
    parameters: { CHANNEL: 'beta' },
  };
  await send('a', message);
  await send('b', { specversion: '1.0', id: '1', source: '/ci', type: 'x', data: message });
  const id = requestId('same');
  const run = await runOf('queued', id);
  assert.partialDeepStrictEqual(run, {
    state: 'Succeeded',
    reason: 'CVE-2026-1',
    correlationId: 'change-7',
    parameters: { CHANNEL: 'beta' },
  });
  assert.equal((await kiln.api('GET', `${idOf('queued')}/runs`)).body.value.length, 1);
  assert.equal((await request('queued', id)).state, 'started');

  const ofRun = () => deduplicated(events).filter(({ subject }) => subject === `runs/${id}`);
  await drain(() => ofRun().some(({ type }) => type === 'io.kiln.run.succeeded'));
  ofRun().forEach(assertEvent);
  const told = ofRun().map(({ type }) => type.replace('io.kiln.run.', ''));
  assert.deepEqual([told[0], told[1], told.at(-1)], ['queued', 'started', 'succeeded']);
  assert.ok(ofRun().every(({ data }) => data['correlationId'] === 'change-7'));
});

test('what cannot be carried out is dead-lettered with the reason and what to do', async () => {
  await send('not-json', 'no json at all', { contentType: 'text/plain' });
  await send('bad', { templateId: idOf('queued'), prioritie: 3, notBefore: 'soon' });
  await send('gone', { templateId: idOf('nowhere') });
  for (const [id, reason, words] of [
    ['not-json', 'ValidationFailed', /is not of type object/],
    [
      'bad',
      'ValidationFailed',
      /"prioritie".*Did you mean "priority".*\/notBefore: "soon".*for example 2026/s,
    ],
    ['gone', 'ResourceNotFound', /There is no template "nowhere"/],
  ] as const) {
    const letter = await deadLetter(id);
    assert.equal(letter.deadLetterReason, reason);
    assert.match(letter.deadLetterErrorDescription ?? '', words);
  }
  const rejected = () => events.filter(({ type }) => type === 'io.kiln.request.rejected');
  await drain(() => rejected().length >= 3);
  rejected().forEach(assertEvent);
  assert.deepEqual(
    rejected()
      .map(({ data }) => data['messageId'])
      .sort(),
    ['bad', 'gone', 'not-json'],
  );
});

test('requests wait for the limit of builds and for their template, and say where they stand', async () => {
  await kiln.submit('slow', body('slow', '# kiln-simulate: seconds=300'));
  await kiln.submit('other', body('other', 'true'));
  await send('s1', { templateId: idOf('slow') });
  const first = requestId('s1');
  await kiln.until('the first run', async () => {
    const { body: run } = await kiln.api('GET', `${idOf('slow')}/runs/${first}`);
    return run.subState === 'Customizing' ? true : undefined;
  });
  await send('s2', { templateId: idOf('slow'), whenBusy: 'queue' });
  await send('o1', { templateId: idOf('other') });
  const waiting = await kiln.until('the second request', async () => {
    const found = await request('slow', requestId('s2'));
    return found.position === undefined ? undefined : found;
  });
  assert.deepEqual([waiting.position, waiting.state], [1, 'waiting']);
  const held = await kiln.until('the place of the other run', async () => {
    const { body: run } = await kiln.api('GET', `${idOf('other')}/runs/${requestId('o1')}`);
    return run.position === undefined ? undefined : run;
  });
  assert.deepEqual([held.position, held.subState, held.state], [1, 'Queued', 'Running']);
  const list = await kiln.api('GET', `${idOf('slow')}/requests`);
  assert.deepEqual(
    list.body.value.map((one: any) => [one.id, one.state]),
    [[requestId('s2'), 'waiting']],
  );
  // Each end lets the next one go: the other template's run, then the second request.
  for (const [name, key, state] of [
    ['slow', 's1', 'Canceled'],
    ['other', 'o1', 'Succeeded'],
    ['slow', 's2', 'Canceled'],
  ] as const) {
    const id = requestId(key);
    await kiln.until(`the turn of ${key}`, async () => {
      const { body: run } = await kiln.api('GET', `${idOf(name)}/runs/${id}`);
      return run.subState === 'Customizing' || run.endTime !== undefined ? true : undefined;
    });
    if (state === 'Canceled') await kiln.api('POST', `${idOf(name)}/cancel`);
    assert.equal((await runOf(name, id)).state, state);
  }
});

test('a build gives its place away when it is captured: distributions, approvals and retries wait for no build', async () => {
  await makeDefinition(kiln, 'gated');
  const rings = [{ regions: ['westeurope'], approval: true }, { regions: ['northeurope'] }];
  const target = sharedImage(subscription, 'gated', { regions: ['westeurope', 'northeurope'], rings });
  await kiln.submit('gated', template([shell('a', 'true')], [target]));
  await kiln.submit('next', body('next', '# kiln-simulate: seconds=3000'));
  await kiln.api('POST', `${idOf('gated')}/run`);
  const { body: runs } = await kiln.api('GET', `${idOf('gated')}/runs`);
  const gated = `${idOf('gated')}/runs/${runs.value[0].id}`;
  await kiln.api('POST', `${idOf('next')}/run`);
  const newest = async (name: string) => (await kiln.api('GET', `${idOf(name)}/runs`)).body.value[0];
  // One build at a time, and the first one waits for a person.
  const customizing = async () => (await newest('next')).subState === 'Customizing' || undefined;
  await kiln.until('the turn of the next build', customizing);
  const approve = async () =>
    (await kiln.api('POST', `${gated}/approve`, { output: 'gated', ring: 1 })).status === 204 || undefined;
  await kiln.until('the approval', approve);
  assert.equal((await kiln.ended('gated')).state, 'Succeeded');

  const more = { distribute: [{ ...managedImage(subscription, 'more'), runOutputName: 'more' }] };
  const started = await kiln.api('POST', `${gated}/distribute`, more);
  assert.equal(started.status, 202, JSON.stringify(started.body));
  const again = await kiln.until('the distribution to a new target', async () => {
    const run = await newest('gated');
    return run.attempt === 1 && run.endTime !== undefined ? run : undefined;
  });
  assert.equal(again.state, 'Succeeded', again.message);
  assert.ok(await customizing(), 'the other build has had the only place all the time');
  await kiln.api('POST', `${idOf('next')}/cancel`);
  assert.equal((await kiln.ended('next')).state, 'Canceled');
});
