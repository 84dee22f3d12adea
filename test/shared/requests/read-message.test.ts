import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { IncomingMessage } from '../../../shared/ports/incoming-message.ts';
import { readMessage, requestId } from '../../../shared/requests/read-message.ts';
import { templateId } from '../../../shared/model/ids.ts';
import { sampleBody } from '../../support/api.ts';
import { REF } from '../../support/sample-templates.ts';

const ID = templateId(REF);
const message = (body: unknown, changes: Partial<IncomingMessage> = {}): IncomingMessage => ({
  body,
  messageId: 'm-1',
  properties: {},
  ...changes,
});
const read = (body: unknown, changes: Partial<IncomingMessage> = {}) =>
  readMessage(message(body, changes), { allow: [] });

test('the id of the template is enough', () => {
  assert.deepEqual(read({ templateId: ID }), {
    request: {
      id: requestId('m-1'),
      key: 'm-1',
      ref: REF,
      reason: 'message',
      priority: 0,
      whenBusy: 'coalesce',
    },
  });
});

test('everything can be said', () => {
  const body = {
    templateId: ID,
    parameters: { CHANNEL: 'beta' },
    reason: 'CVE-2026-1',
    correlationId: 'change-7',
    priority: 5,
    notBefore: '2026-12-01T03:00:00+01:00',
    whenBusy: 'queue',
    idempotencyKey: 'k',
  };
  const { request } = read(body);
  const { templateId: _id, idempotencyKey, ...rest } = body;
  assert.deepEqual(request, {
    id: requestId('k'),
    key: idempotencyKey,
    ref: REF,
    ...rest,
    notBefore: '2026-12-01T02:00:00.000Z',
  });
});

test('a CloudEvent is read through its envelope, structured or binary, and its source and id are the key', () => {
  const data = { templateId: ID };
  const structured = read({ specversion: '1.0', source: '/ci', id: '7', type: 'x', data });
  const binary = read(data, {
    properties: { 'cloudEvents:specversion': '1.0', 'cloudEvents:source': '/ci', 'cloudEvents:id': '7' },
  });
  const encoded = Buffer.from(JSON.stringify(data)).toString('base64');
  const base64 = read({ specversion: '1.0', source: '/ci', id: '7', type: 'x', data_base64: encoded });
  for (const { request } of [structured, binary, base64]) assert.equal(request.key, '/ci 7');
});

test('a message that was put back keeps the key of the first one', () => {
  const again = read({ templateId: ID }, { messageId: 'm-1#2', properties: { 'kiln-request-key': 'm-1' } });
  assert.equal(again.request.id, requestId('m-1'));
});

test('an inline template is checked like a PUT, with pointers into the message', () => {
  const { submission } = read({ templateId: ID, template: sampleBody() });
  assert.deepEqual(submission?.template.ref, REF);
  const bad = { ...sampleBody(), apiVersion: '2026-11-01', colour: 'red' };
  assert.deepEqual(problems({ templateId: ID, template: bad }), [['UnknownField', '/template/colour']]);
  assert.deepEqual(problems({ templateId: ID, template: { apiVersion: '1999-01-01' } }), [
    ['InvalidApiVersion', '/template/apiVersion'],
  ]);
});

function problems(body: unknown): (readonly [string, string | undefined])[] {
  try {
    read(body);
  } catch (error) {
    assert.ok(error instanceof KilnError);
    return (error.failure.details ?? []).map(({ code, target }) => [code, target] as const);
  }
  throw new Error('It should have been refused.');
}

test('every problem is told at once, each with its pointer', () => {
  const found = problems({
    template_id: ID,
    priority: 99,
    notBefore: 'tomorrow',
    parameters: { 'not a name': '1' },
    whenBusy: 'never',
  });
  assert.deepEqual(
    found.map(([, target]) => target).sort(),
    ['/notBefore', '/parameters', '/priority', '/templateId', '/template_id', '/whenBusy'].sort(),
  );
  assert.deepEqual(problems({ templateId: '/subscriptions/x' }), [['InvalidResourceId', '/templateId']]);
  for (const body of ['text', 7, null, undefined, [], {}]) assert.ok(problems(body).length > 0, String(body));
});

test('two parameters that are one on Windows are refused', () => {
  const parameters = { OK: '1', ok: '2' };
  assert.deepEqual(problems({ templateId: ID, parameters }), [['InvalidValue', '/parameters/ok']]);
  assert.equal(problems({ templateId: ID, parameters, priority: 99 }).length, 2, 'with all others');
});

test('nothing that a message can be makes anything but a request or a refusal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (body, messageId) => {
      try {
        read(body, { messageId });
      } catch (error) {
        assert.ok(error instanceof KilnError, String(error));
      }
    }),
  );
});

test('ids of requests are GUIDs, and different keys have different ones', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      assert.match(requestId(one), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(requestId(one) === requestId(other), one === other);
    }),
  );
});
