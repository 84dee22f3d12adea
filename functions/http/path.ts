import type { HttpRequest } from '@azure/functions';

/**
 * The path that a client asked for; undefined when it is encoded more than once. The host decodes a path, and writes it encoded
 * into the URL without a difference between what it had decoded and what was a `%` before: the values of the route tell them apart.
 * Decoded again, `%252e%252e` would walk past a gateway that lets some paths through. An encoded slash stays encoded there, and no
 * name has one.
 */
export function pathOf({ url, params }: Pick<HttpRequest, 'url' | 'params'>): string | undefined {
  const isOpen = Object.values(params).some((value) => value.includes('%'));
  return isOpen ? undefined : new URL(url).pathname;
}
