import { createHmac } from 'node:crypto';
import type { CloudEvent } from '../model/cloud-event.ts';
import type { EventSink } from '../ports/sink.ts';

export type Webhook = {
  /** https; plain http to this machine only. */
  readonly url: string;
  /** The key of the signature, as bytes. */
  readonly secret: Uint8Array;
};

const TIMEOUT_MS = 10_000;

/**
 * One POST per event, signed after the Standard Webhooks rules, for which there are verifiers in every language:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * Redirects are not followed: the signature is for one receiver.
 */
export function createWebhookSink({ url, secret }: Webhook, now: () => Date): EventSink {
  return {
    name: 'webhook',
    async send(events) {
      for (const [accepted, event] of events.entries()) {
        const problem = await post(url, event, (id, body) => sign(secret, id, now(), body));
        if (problem !== undefined) return { accepted, problem };
      }
      return { accepted: events.length };
    },
  };
}

async function post(
  url: string,
  event: CloudEvent,
  headersOf: (id: string, body: string) => Record<string, string>,
): Promise<string | undefined> {
  const body = JSON.stringify(event);
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    ...headersOf(event.id, body),
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    await answer.body?.cancel();
    return answer.ok ? undefined : `the receiver answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError'
      ? `the receiver did not answer within ${TIMEOUT_MS / 1000} s`
      : 'the receiver cannot be reached';
  }
}

/** The id is part of the signed text, so that an old body cannot be sent under a new id. */
export function sign(secret: Uint8Array, id: string, at: Date, body: string): Record<string, string> {
  // Event ids may hold characters that a header may not.
  const safeId = encodeURIComponent(id);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`${safeId}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': safeId,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
