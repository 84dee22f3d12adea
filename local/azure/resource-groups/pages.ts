import type { ArmRequest } from '../http/request.ts';
import type { JsonObject } from '../json.ts';
import { badRequest } from '../http/errors.ts';

/** As ARM: a page has at most so many items, and `$top` asks for fewer. */
const PAGE_SIZE = 1000;

/**
 * One page of a list. A page may be empty and still have a nextLink, and the last one may have nothing: only the absence of
 * a nextLink ends a list.
 */
export function pageOf(
  request: ArmRequest,
  items: readonly JsonObject[],
  empty: { readonly before: number; readonly after: number },
): JsonObject {
  const size = Math.min(PAGE_SIZE, Number(request.query.get('$top') ?? PAGE_SIZE));
  const full = Math.max(1, Math.ceil(items.length / size));
  const pages = empty.before + full + empty.after;
  const index = indexFrom(request.query.get('$skiptoken'));
  const start = (index - empty.before) * size;
  const value = start < 0 ? [] : items.slice(start, start + size);
  return index + 1 < pages ? { value, nextLink: nextLink(request, index + 1) } : { value };
}

function indexFrom(token: string | null): number {
  if (token === null) return 0;
  const index = Number(Buffer.from(token, 'base64url').toString());
  if (Number.isInteger(index) && index > 0) return index;
  throw badRequest('InvalidSkipToken', `The $skiptoken '${token}' is not one of this list.`);
}

/** Blanks as `+` and escapes in lower case, as ARM writes them. */
function nextLink(request: ArmRequest, index: number): string {
  const query = new URLSearchParams(request.query);
  query.set('$skiptoken', Buffer.from(String(index)).toString('base64url'));
  const text = query.toString().replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  return `${request.base}${request.path}?${text}`;
}
