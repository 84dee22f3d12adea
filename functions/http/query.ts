import type { HttpRequest } from '@azure/functions';

/** A parameter of the query; as in Azure Resource Manager its name is read in any case. */
export function parameter({ query }: Pick<HttpRequest, 'query'>, name: string): string | undefined {
  return [...query].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
