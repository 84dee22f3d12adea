/** `unknown`: it may not be read, or not by this look-up. What is not known is no reason to refuse a template. */
export type Seen<T> = { readonly there: T } | 'absent' | 'unknown';

export function thing<T>(seen: Seen<T> | undefined): T | undefined {
  return typeof seen === 'object' ? seen.there : undefined;
}
