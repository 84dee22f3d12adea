import { KilnError } from '../errors/failure.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import { templateKey } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';

/** Container of VHDs in the account of Kiln. */
export const VHDS = 'vhds';

/**
 * Blob services of the public and the sovereign clouds. Kiln shows its token to the host of a VHD's URL, so that no other
 * host may ever be named. https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints
 */
const BLOB_HOST =
  /^[a-z0-9-]{3,64}(?:\.z\d{1,2})?\.blob\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn|storage\.azure\.net)$/i;

/** The account of Kiln, and the container of its documents in it, as URLs without a slash at the end. */
export type OwnStorage = { readonly account: string; readonly documents: string };

/**
 * The URL in the form that a client sends. Throws `UrlNotAllowed` for anything but a blob of Azure Storage, and for what
 * Kiln itself keeps: a template must not be able to write into other templates' scripts and state.
 */
export function vhdAddress(text: string, { account, documents }: OwnStorage): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOwn = url?.href.startsWith(`${account}/`) === true;
  const isBlob = url?.protocol === 'https:' && url.port === '' && BLOB_HOST.test(url.hostname);
  if (url === undefined || (!isOwn && !isBlob))
    throw refused(text, 'is not the URL of a blob in Azure Storage');
  const bare = `${url.origin}${url.pathname}`;
  if (isOwn && containerOf(bare, account) === containerOf(documents, account))
    throw refused(text, 'is in the container where Kiln keeps its own documents');
  return bare;
}

/** Slashes and escapes that storage would read as another spelling of the same name change nothing. */
function containerOf(url: string, account: string): string {
  const [first = ''] = url
    .slice(account.length)
    .split('/')
    .filter((part) => part !== '');
  try {
    return decodeURIComponent(first).toLowerCase();
  } catch {
    return first.toLowerCase();
  }
}

/**
 * Whether a URL in the account of Kiln is the template's own: `vhds/<subscription>/<group>/<template>/…`. Everything else
 * there belongs to others: VHDs of other templates, the package of the app, the keys of the host.
 */
export function isOwnVhd(text: string, account: string, ref: TemplateRef): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !url.href.startsWith(`${account}/`)) return false;
  const path = `${url.origin}${url.pathname}`.slice(account.length + 1).split('/');
  const [container = '', ...rest] = path.map(decoded);
  const key = templateKey(ref).split('/');
  const isClean = rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/[/\\]/.test(part));
  const isBelow = rest.length > key.length && key.every((part, index) => rest[index]?.toLowerCase() === part);
  return container === VHDS && isClean && isBelow;
}

/** Throws `UrlNotAllowed` for a blob in the account of Kiln that is not the template's own. */
export function assertOwnVhd(text: string, { account }: OwnStorage, ref: TemplateRef): void {
  const isInAccount = URL.canParse(text) && new URL(text).href.startsWith(`${account}/`);
  if (!isInAccount || isOwnVhd(text, account, ref)) return;
  const message = `"${withoutSecrets(text)}" is in the storage account of Kiln and not the template's own. Write ${account}/${VHDS}/${templateKey(ref)}/<name>.vhd, an account of yours, or no uri.`;
  throw new KilnError({ code: 'UrlNotAllowed', message });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

function refused(text: string, reason: string): KilnError {
  const message = `"${withoutSecrets(text)}" ${reason}. Write https://<account>.blob.core.windows.net/<container>/<name>.vhd.`;
  return new KilnError({ code: 'UrlNotAllowed', message });
}
