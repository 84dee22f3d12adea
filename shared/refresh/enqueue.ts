import type { Principal } from '../model/principal.ts';
import { templateId } from '../model/ids.ts';
import type { RunId, TemplateRef } from '../model/template.ts';
import { requestId } from '../requests/read-message.ts';
import type { WireRequest } from '../requests/request-schema.ts';

export type Enqueue = (
  ref: TemplateRef,
  why: { readonly reason: string; readonly due: Date; readonly actor: Principal },
) => Promise<RunId>;

/** A longer reason is cut: it is for people. */
const LONGEST_REASON = 512;

/**
 * A request to refresh. Its key is the template and the moment it was due, so that an interrupted tick that is repeated
 * asks for the same run. `send` hands it on as the principal that has decided it.
 */
export function createEnqueue(
  send: (request: WireRequest, key: string, actor: Principal) => Promise<void>,
): Enqueue {
  return async (ref, { reason, due, actor }) => {
    const id = templateId(ref);
    const key = `refresh ${id.toLowerCase()} ${due.toISOString()}`;
    const text = reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1)}…` : reason;
    await send(
      // What is to be fresh is not made of what was kept.
      { templateId: id, reason: text, whenBusy: 'coalesce', noCache: true, idempotencyKey: key.slice(-256) },
      key,
      actor,
    );
    return requestId(key.slice(-256));
  };
}
