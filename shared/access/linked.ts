import { type Failure, KilnError } from '../errors/failure.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import { templateId } from '../model/ids.ts';
import type { ImageTemplate, TemplateRef } from '../model/template.ts';
import { type AccessPolicy, type Action, decide } from './policy.ts';
import { describe, type Principal } from '../model/principal.ts';
import { type Reference, referencesOf } from './references.ts';

/** Blobs that are the template's own, in the storage account of Kiln: nobody else can name them. */
export type IsOwnBlob = (ref: TemplateRef, url: string) => boolean;

export type Gate = { readonly policy: AccessPolicy; readonly isOwnBlob: IsOwnBlob };

/** Throws `Forbidden` when the policy does not let the principal do this to the template or group. */
export function assertMay(policy: AccessPolicy, principal: Principal, action: Action, id: string): void {
  const { allowed, reason } = decide(policy, principal, action, id);
  if (allowed) return;
  const message = `${describe(principal)} does not have authorization to perform action '${action}' over scope '${id}'. ${reason}`;
  throw new KilnError({ code: 'Forbidden', message });
}

/** Throws `LinkedAuthorizationFailed` unless the principal may use everything that the template names; all at once. */
export function assertLinked(gate: Gate, principal: Principal, template: ImageTemplate): void {
  assertReferences(gate, principal, template.ref, referencesOf(template));
}

/** The words are those of Azure's own check: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors */
export function assertReferences(
  { policy, isOwnBlob }: Gate,
  principal: Principal,
  ...[ref, references]: [TemplateRef, readonly Reference[]]
): void {
  const foreign = references.filter(({ id }) => !(id.startsWith('http') && isOwnBlob(ref, id)));
  const refused = foreign.flatMap(({ target, id, action }): Failure[] => {
    const { allowed, reason } = decide(policy, principal, action, id);
    const message = `'${action}' on the linked scope '${withoutSecrets(id)}' is not allowed. ${reason}`;
    return allowed ? [] : [{ code: 'LinkedAuthorizationFailed', target, message }];
  });
  const [first] = refused;
  if (first === undefined) return;
  const actions = refused.map(({ target = '', message }) => `${target}: ${message}`).slice(0, SHOWN);
  const more = refused.length > SHOWN ? ` And ${refused.length - SHOWN} more.` : '';
  const message = `${describe(principal)} has permission to perform the action on scope '${templateId(ref)}'; however, it does not have permission to perform action(s) on the linked scope(s). ${actions.join(' ')}${more}`;
  throw new KilnError({ code: 'LinkedAuthorizationFailed', message, details: refused });
}

/** az and the portal show the message alone. */
const SHOWN = 10;
