import type { Permission } from '../model/rights.ts';
import type { Azure } from '../ports/azure.ts';
import type { Connection } from './clients.ts';
import { hasCode } from './errors.ts';

const VERSION = '2022-04-01';
/** Pages of one answer: an identity has a few roles at a scope. */
const MOST_PAGES = 10;

/** https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group */
export function permissionsOf(connection: Connection): Azure['permissions'] {
  return {
    async at(scope) {
      const found: Permission[] = [];
      let url: string | undefined =
        `${connection.origin}${scope}/providers/Microsoft.Authorization/permissions?api-version=${VERSION}`;
      for (let page = 0; url !== undefined && page < MOST_PAGES; page += 1) {
        const answer: Page | undefined = await read(connection, url);
        if (answer === undefined) return [];
        found.push(...answer.value);
        url = answer.nextLink;
      }
      return found;
    },
  };
}

type Page = { readonly value: readonly Permission[]; readonly nextLink?: string };

/** Undefined for who may not ask, and where there is no such scope. */
async function read(connection: Connection, url: string): Promise<Page | undefined> {
  try {
    const { body } = await connection.get(url);
    return pageOf(body);
  } catch (error) {
    if (hasCode(error, 'AzureDenied', 'AzureNotFound')) return undefined;
    throw error;
  }
}

function pageOf(body: unknown): Page {
  const { value, nextLink } = membersOf(body);
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return {
    value: entries.map(membersOf).map(({ actions, notActions }) => ({
      actions: textsOf(actions),
      notActions: textsOf(notActions),
    })),
    ...(typeof nextLink === 'string' && nextLink !== '' && { nextLink }),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textsOf(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item) => typeof item === 'string');
}
