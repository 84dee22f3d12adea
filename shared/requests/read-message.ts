import { createHash } from 'node:crypto';
import type { Failure } from '../errors/failure.ts';
import { invalid } from '../errors/invalid.ts';
import type { UrlPolicy } from '../model/url-policy.ts';
import { runId } from '../model/convert.ts';
import { parseTemplateId } from '../model/ids.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { type IncomingMessage, KEY_PROPERTY } from '../ports/incoming-message.ts';
import { parseTemplate } from '../template/parse.ts';
import { isObject, type JsonObject } from '../template/schema/node.ts';
import { API_VERSIONS, findVersion, NEWEST } from '../template/versions/all.ts';
import type { NewRequest } from './accept.ts';
import { checkRequestBody } from './request-schema.ts';

/**
 * Reads a message: the plain body, or a CloudEvent around it (structured or, by its properties, binary). Throws
 * `ValidationFailed` with every problem and its JSON pointer.
 */
export function readMessage(message: IncomingMessage, urls: UrlPolicy): NewRequest {
  const { body, eventKey } = unwrap(message);
  const { problems, value } = checkRequestBody(body ?? null);
  if (value === undefined) throw invalid(problems);
  const ref = refOf(value.templateId);
  const key = keyOf(message, value.idempotencyKey ?? eventKey);
  const { template, priority = 0, whenBusy = 'coalesce', reason = 'message' } = value;
  const { parameters, notBefore, noCache, correlationId = message.correlationId } = value;
  return {
    request: {
      id: requestId(key),
      key,
      ref,
      reason,
      priority,
      whenBusy,
      ...(parameters !== undefined && { parameters }),
      ...(notBefore !== undefined && { notBefore: new Date(notBefore).toISOString() }),
      ...(noCache === true && { noCache }),
      ...(correlationId !== undefined && correlationId !== '' && { correlationId }),
    },
    ...(template !== undefined && { submission: submissionOf(template, ref, urls) }),
  };
}

/** The same key always names the same run: a GUID made of its hash (RFC 9562, version 8). */
export function requestId(key: string): RunId {
  const hex = createHash('sha256').update(key).digest('hex');
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return runId(`${a}-${b}-8${c}-8${d}-${e}`);
}

export function keyOf({ messageId, properties }: IncomingMessage, given: string | undefined): string {
  const earlier = properties[KEY_PROPERTY];
  return typeof earlier === 'string' ? earlier : (given ?? messageId);
}

/** The key of a message, whether the rest of it can be read or not. */
export function keyOfMessage(message: IncomingMessage): string {
  const { body, eventKey } = unwrap(message);
  const own = isObject(body) ? body['idempotencyKey'] : undefined;
  return keyOf(message, typeof own === 'string' ? own : eventKey);
}

/** The template that a message asks for, whether the rest of it can be read or not. */
export function templateOfMessage(message: IncomingMessage): TemplateRef | undefined {
  const { body } = unwrap(message);
  const id = isObject(body) ? body['templateId'] : undefined;
  return typeof id === 'string' ? parseTemplateId(id) : undefined;
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md */
function unwrap({ body, properties }: IncomingMessage): { body: unknown; eventKey?: string } {
  if (isObject(body) && body['specversion'] !== undefined) {
    const { data, data_base64: encoded } = body;
    const inner = typeof encoded === 'string' ? parseJson(Buffer.from(encoded, 'base64').toString()) : data;
    return { body: inner, ...eventKeyOf(body['source'], body['id']) };
  }
  const attribute = (name: string) => properties[`cloudEvents:${name}`] ?? properties[`cloudEvents_${name}`];
  return { body, ...eventKeyOf(attribute('source'), attribute('id')) };
}

function eventKeyOf(source: unknown, id: unknown): { eventKey?: string } {
  return typeof source === 'string' && typeof id === 'string' ? { eventKey: `${source} ${id}` } : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refOf(id: string): TemplateRef {
  const ref = parseTemplateId(id);
  if (ref !== undefined) return ref;
  const message = `"${id}" is not the id of an image template: /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.VirtualMachineImages/imageTemplates/<name>.`;
  throw invalid([{ code: 'InvalidResourceId', target: '/templateId', message }]);
}

function submissionOf(
  template: JsonObject,
  ref: TemplateRef,
  urls: UrlPolicy,
): NonNullable<NewRequest['submission']> {
  const { apiVersion = NEWEST.name, ...body } = template;
  const version = findVersion(String(apiVersion));
  if (version === undefined) {
    const known = API_VERSIONS.map(({ name }) => name).join(', ');
    const message = `api-version ${String(apiVersion)} is not served here. Use one of ${known}.`;
    throw invalid([{ code: 'InvalidApiVersion', target: '/template/apiVersion', message }]);
  }
  const parsed = parseTemplate(body, version, ref, urls);
  if (parsed.ok) return { template: parsed.template, body: parsed.body, version, conditions: {} };
  throw invalid(parsed.failures.map(inTemplate), parsed.more);
}

function inTemplate(failure: Failure): Failure {
  return { ...failure, target: `/template${failure.target ?? ''}` };
}
