import { connect, type ConnectionOptions } from './clients.ts';

/** Where a client may look around a template: nothing below a resource group. */
export type ReadThrough = (path: string, query: URLSearchParams) => Promise<unknown>;

/**
 * Answers of Azure Resource Manager as they are, for the look-ups that clients make around templates: subscriptions,
 * locations, resource groups. Throws KilnError for everything but success.
 */
export function readThrough(options: Omit<ConnectionOptions, 'subscriptionId'>): ReadThrough {
  return async (path, query) => {
    const connection = connect({ ...options, subscriptionId: '' });
    const { body } = await connection.get(`${connection.origin}${path}?${query.toString()}`);
    return body;
  };
}
