import { guidFrom } from '../identity/identity.ts';

/** The service principal of a user-assigned identity: the same in every answer. */
export function principalOf(id: string): { principalId: string; clientId: string } {
  return { principalId: guidFrom(`principal ${id}`), clientId: guidFrom(`client ${id}`) };
}
