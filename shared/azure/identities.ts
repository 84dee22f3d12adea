import { apiVersionOf } from './api-versions.ts';
import { textAt } from './answer.ts';
import type { Connection } from './clients.ts';
import { orUndefined } from './ownership.ts';
import type { ResourceId } from '../template/model.ts';

/** The service principal of a managed identity. */
export type Principal = { readonly principalId: string; readonly clientId: string };

export interface Identities {
  /** Of a user-assigned identity; undefined when there is none. */
  principal(id: ResourceId): Promise<Principal | undefined>;
}

/** https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/get */
export function identitiesOf(connection: Connection): Identities {
  return {
    async principal(id) {
      const url = `${connection.origin}${encodeURI(id)}?api-version=${apiVersionOf(id)}`;
      const answer = await orUndefined(connection.get(url));
      if (answer === undefined) return undefined;
      const ids = (name: string) => textAt(answer.body, 'properties', name) ?? '';
      return { principalId: ids('principalId'), clientId: ids('clientId') };
    },
  };
}
