import { KilnError } from '../errors/failure.ts';

/** Values of the request's headers; absent when not sent. */
export type Conditions = { readonly ifMatch?: string; readonly ifNoneMatch?: string };

/** Throws `PreconditionFailed` when the resource is not in the version that the caller expects (RFC 9110, 13.1). */
export function checkConditions(etag: string | undefined, { ifMatch, ifNoneMatch }: Conditions): void {
  if (ifMatch !== undefined && !matches(ifMatch, etag))
    fail(`The template's ETag is ${etag ?? 'absent: there is no template'}, not ${ifMatch}.`);
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag))
    fail(`The template exists with ETag ${etag ?? ''}; If-None-Match is ${ifNoneMatch}.`);
}

/** Whether a reader has this version already. */
export function isUnchanged(etag: string, { ifNoneMatch }: Conditions): boolean {
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag);
}

export function isConditional({ ifMatch, ifNoneMatch }: Conditions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined;
}

function matches(header: string, etag: string | undefined): boolean {
  if (etag === undefined) return false;
  const bare = (text: string) => text.trim().replace(/^W\//, '').replaceAll('"', '');
  return header.split(',').some((candidate) => bare(candidate) === '*' || bare(candidate) === bare(etag));
}

function fail(message: string): never {
  throw new KilnError({ code: 'PreconditionFailed', message });
}
