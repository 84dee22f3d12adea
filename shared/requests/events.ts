import type { Failure } from '../errors/failure.ts';
import { type CloudEvent, cloudEvent } from '../model/cloud-event.ts';
import type { BuildRequest } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { RunId } from '../model/template.ts';

/** Events about requests. Their time is that of the request where the moment itself is not stored, so that ids stay. */

export function waitingEvent(request: BuildRequest, position: number): CloudEvent {
  return about(request, 'waiting', { position });
}

export function coalescedEvent(request: BuildRequest, replacedBy: RunId): CloudEvent {
  return about(request, 'coalesced', { replacedBy });
}

export function rejectedEvent(request: BuildRequest, { code, message, details }: Failure): CloudEvent {
  return about(request, 'rejected', { code, message, ...(details && { details }) });
}

/** A message that became no request. `source` is the app: there may be no template. */
export function poisonEvent(
  appName: string,
  messageId: string,
  ...[{ code, message, details }, time]: [Failure, string]
): CloudEvent {
  return cloudEvent({
    id: `messages/${messageId}/rejected`,
    source: `/kiln/${appName}`,
    type: 'io.kiln.request.rejected',
    subject: `messages/${messageId}`,
    time,
    data: { messageId, code, message, ...(details && { details }) },
  });
}

function about(
  request: BuildRequest,
  what: 'waiting' | 'coalesced' | 'rejected',
  data: Readonly<Record<string, unknown>>,
): CloudEvent {
  const { id, ref, reason, correlationId, acceptedAt } = request;
  const source = templateId(ref);
  return cloudEvent({
    id: `requests/${id}/${what}`,
    source,
    type: `io.kiln.request.${what}`,
    subject: `requests/${id}`,
    time: acceptedAt,
    data: {
      requestId: id,
      templateId: source,
      reason,
      ...(correlationId !== undefined && { correlationId }),
      ...data,
    },
  });
}
