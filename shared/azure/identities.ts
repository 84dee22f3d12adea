import { apiVersionOf } from './api-versions.ts';
import { textAt } from './answer.ts';
import type { Identities } from '../ports/identities.ts';
import type { Connection } from './clients.ts';
import { orUndefined } from './ownership.ts';

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
