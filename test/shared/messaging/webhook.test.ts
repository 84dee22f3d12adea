import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { cloudEvent } from '../../../shared/model/cloud-event.ts';
import { createWebhookSink } from '../../../shared/messaging/webhook.ts';

const secret = Buffer.from('0123456789abcdef0123456789abcdef');
const event = (id: string) =>
  cloudEvent({
    id,
    source: '/kiln/test',
    type: 'io.kiln.janitor.removed',
    time: '2026-11-25T12:00:00Z',
    data: {},
  });

async function receiver(answers: readonly number[]) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const body = await text(request);
      const status = answers[received.length] ?? 204;
      received.push({ headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    };
    answer().catch((error: unknown) => response.destroy(error as Error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hook`, stop: () => server.close() };
}

test('each event is one POST with a signature that its receiver can check', async () => {
  const { received, url, stop } = await receiver([]);
  const now = new Date('2026-11-25T12:34:56Z');
  const sink = createWebhookSink({ url, secret }, () => now);
  assert.deepEqual(await sink.send([event('a/b › c'), event('two')]), { accepted: 2 });
  stop();
  const [first] = received;
  assert.ok(first);
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = first.headers;
  assert.equal(timestamp, String(now.getTime() / 1000));
  const expected = createHmac('sha256', secret)
    .update(`${String(id)}.${timestamp}.${first.body}`)
    .digest('base64');
  assert.equal(signature, `v1,${expected}`);
  assert.equal(first.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  assert.equal(JSON.parse(first.body).id, 'a/b › c');
});

for (const status of [400, 302, 500])
  test(`an answer of ${status} stops there, so that the order is kept`, async () => {
    const { received, url, stop } = await receiver([204, status]);
    const sink = createWebhookSink({ url, secret }, () => new Date());
    const result = await sink.send(['a', 'b', 'c'].map(event));
    stop();
    assert.deepEqual(result, { accepted: 1, problem: `the receiver answered ${status}` });
    assert.equal(received.length, 2);
  });

test('a receiver that is not there is a problem, not an exception, and tells no secret', async () => {
  const sink = createWebhookSink({ url: 'http://127.0.0.1:9/?token=x', secret }, () => new Date());
  assert.deepEqual(await sink.send([event('a')]), {
    accepted: 0,
    problem: 'the receiver cannot be reached',
  });
});
