import { ERRORS } from '../../shared/errors/codes.ts';
import type { Failure } from '../../shared/errors/failure.ts';
import { remedyOf } from '../../shared/errors/told.ts';
import { bodyLocation } from '../../shared/commands/submit-template.ts';
import type { TemplateHead } from '../../shared/model/documents/documents.ts';
import { region } from '../../shared/model/convert.ts';
import { project } from '../../shared/template/project.ts';
import type { ApiVersion } from '../../shared/template/versions/version.ts';
import { baseUrlOf } from './base-url.ts';
import { type Exchange, PROVIDER, type Reply } from './exchange.ts';

/**
 * When to look again: without it az and the Python SDK wait 30 s between two looks; the real service sends none. Milliseconds
 * for clients that know Azure's finer form, such as our command: most submissions are over by then.
 */
export const LOOK_AGAIN = { 'retry-after': '1', 'retry-after-ms': '200' };

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, jsonBody: body, headers };
}

/** `nextLink` is absent at the end, as on the wire of the real service. */
export function list(value: readonly unknown[], nextLink?: string): Reply {
  return json({ value, ...(nextLink !== undefined && { nextLink }) });
}

export function template(
  { version }: Exchange,
  head: TemplateHead,
  etag: string,
  more: { status?: number; headers?: Record<string, string> } = {},
): Reply {
  return json(project(head, version), more.status ?? 200, { etag, ...more.headers });
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations */
export function operationHeaders(
  { request, version }: Exchange,
  head: TemplateHead,
  operationId: string,
): Record<string, string> {
  const { subscriptionId } = head.ref;
  const location = region(bodyLocation(head) ?? 'global');
  const path = `/subscriptions/${subscriptionId}/${PROVIDER}/locations/${location}/operations/${operationId}`;
  const url = `${baseUrlOf(request)}${path}?api-version=${version.name}`;
  return { 'azure-asyncoperation': url, ...LOOK_AGAIN, 'x-ms-request-id': operationId };
}

/** 202 for work that goes on: both headers, because some clients look at one and some at the other. */
export function accepted(exchange: Exchange, head: TemplateHead, operationId: string): Reply {
  const headers = operationHeaders(exchange, head, operationId);
  return { status: 202, headers: { ...headers, location: headers['azure-asyncoperation'] ?? '' } };
}

/** The error envelope of Azure Resource Manager, and the remedy of the catalogue. */
export function failure(
  error: Failure,
  headers: Record<string, string> = {},
  shape: ApiVersion['errors'] = 'wrapped',
): Reply {
  const { status } = ERRORS[error.code];
  const body = { ...errorBody(error), remedy: remedyOf(error) };
  return json(shape === 'bare' ? body : { error: body }, status, headers);
}

/** What every api-version knows of an error. */
export function errorBody({ code, message, target, details }: Failure): Record<string, unknown> {
  return {
    code,
    message,
    ...(target !== undefined && { target }),
    ...(details !== undefined && { details: details.map(errorBody) }),
  };
}
