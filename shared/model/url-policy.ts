import { isAddress, isPublicAddress } from './addresses.ts';

/** Which URLs may be fetched on behalf of a template. */
export type UrlPolicy = {
  /** Origins (`https://host:port`) that are trusted whatever they resolve to; only these may be plain http. */
  readonly allow: readonly string[];
};

export type UrlCheck =
  | { readonly ok: true; readonly url: URL; /** On the allow-list. */ readonly trusted: boolean }
  | { readonly ok: false; readonly reason: string };

/** What clients and servers take. https://www.rfc-editor.org/rfc/rfc9110#section-4.1 asks for 8000. */
const LONGEST = 8192;

const LOCAL_SUFFIXES = [
  '.localhost',
  '.local',
  '.internal',
  '.localdomain',
  '.home.arpa',
  '.corp',
  '.lan',
  '.home',
  '.intranet',
  '.private',
];

/**
 * Checks what can be told from the text alone. Names are resolved and checked again at each download, because a public
 * name may point to a private address. `URL` reads decimal, octal and hexadecimal IPv4 spellings, so they are seen here.
 */
export function checkUrl(text: string, policy: UrlPolicy): UrlCheck {
  if (text.length > LONGEST) return { ok: false, reason: `is longer than ${LONGEST} characters` };
  // `URL` leaves line breaks and tabs out, and others who read the same text would not.
  if (/\p{Cc}|^ | $/u.test(text)) return { ok: false, reason: 'has control characters, or blanks around it' };
  if (!URL.canParse(text)) return { ok: false, reason: 'is not a URL' };
  const url = new URL(text);
  if (policy.allow.includes(url.origin)) return { ok: true, url, trusted: true };
  if (url.protocol !== 'https:')
    return { ok: false, reason: `uses ${url.protocol.slice(0, -1)}; only https is allowed` };
  if (url.username !== '' || url.password !== '')
    return { ok: false, reason: 'carries a user name or password; use a SAS or a public URL' };
  const reason = hostProblem(url.hostname);
  return reason === undefined ? { ok: true, url, trusted: false } : { ok: false, reason };
}

function hostProblem(hostname: string): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isAddress(host)) {
    return isPublicAddress(host)
      ? undefined
      : `points to ${host}, a private, loopback, link-local or metadata address`;
  }
  const isLocal = !host.includes('.') || LOCAL_SUFFIXES.some((suffix) => host.endsWith(suffix));
  return isLocal ? `points to ${host}, a name of a private network` : undefined;
}

/** A URL for messages: query strings carry SAS signatures and tokens. */
export function withoutSecrets(text: string): string {
  if (!URL.canParse(text)) return text.replace(/\?.*$/s, '?…');
  const url = new URL(text);
  const bare = `${url.protocol}//${url.host}${url.pathname}`;
  return url.search === '' ? bare : `${bare}?…`;
}
