import type { Identities } from '../ports/identities.ts';
import { KilnError } from '../errors/failure.ts';
import type { AssignedIdentity } from '../model/documents/documents.ts';
import { pointerTo } from '../template/pointer.ts';
import type { ResourceId } from '../model/template.ts';

/** The principal of a template's identity, which clients read to give it rights. Throws `IdentityNotUsable`. */
export async function readIdentity(azure: Identities, id: ResourceId): Promise<AssignedIdentity> {
  const principal = await azure.principal(id).catch((error: unknown) => {
    if (!(error instanceof KilnError) || error.failure.code !== 'AzureDenied') throw error;
    throw unusable(id, `The identity ${id} may not be read. ${error.message}`, error);
  });
  if (principal === undefined)
    throw unusable(id, `There is no identity ${id}. Create it, or correct the id.`);
  return { id, ...principal };
}

function unusable(id: ResourceId, message: string, cause?: unknown): KilnError {
  const target = `/identity/userAssignedIdentities${pointerTo(id)}`;
  return new KilnError({ code: 'IdentityNotUsable', message, target }, { cause });
}
