import { createHash } from 'node:crypto';
import { KilnError } from '../errors/failure.ts';
import { sha256 } from '../model/convert.ts';
import type { Sha256 } from '../model/template.ts';
import { fetchOnce } from './fetch-once.ts';
import { resolveHost, type Resolver, systemResolver } from './resolve.ts';
import { checkUrl, type UrlPolicy, withoutSecrets } from '../model/url-policy.ts';

export type Downloaded = { readonly bytes: Uint8Array; readonly sha256: Sha256 };

export type DownloadLimits = UrlPolicy & {
  /** 20 MiB when absent. */
  readonly maxBytes?: number;
  /** For the whole download with its redirects; 60 s when absent. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolver;
};

const MAX_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 5;

/**
 * Fetches a script or file on behalf of a template. Throws KilnError: `UrlNotAllowed` for an address that is not
 * public, `DownloadTooLarge`, `DownloadFailed` for everything that may pass. Does not retry.
 */
export async function downloadArtifact(uri: string, limits: DownloadLimits): Promise<Downloaded> {
  const signal = AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS);
  try {
    const bytes = await follow(uri, limits, signal);
    return { bytes, sha256: sha256(createHash('sha256').update(bytes).digest('hex')) };
  } catch (error) {
    if (error instanceof KilnError) throw error;
    const words = signal.aborted ? 'took too long' : `failed: ${error instanceof Error ? error.message : ''}`;
    const message = `The download of ${withoutSecrets(uri)} ${words}`;
    const passing = !hasNoSuchHost(error);
    throw new KilnError({ code: 'DownloadFailed', message, passing }, { cause: error });
  }
}

async function follow(start: string, limits: DownloadLimits, signal: AbortSignal): Promise<Uint8Array> {
  let uri = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const check = checkUrl(uri, limits);
    if (!check.ok) throw notAllowed(start, uri, check.reason);
    const resolved = await resolveHost(check.url.hostname, check.trusted, limits.resolve ?? systemResolver);
    if (!resolved.ok) throw notAllowed(start, uri, resolved.reason);
    const answer = await fetchOnce(check.url, resolved.address, limits.maxBytes ?? MAX_BYTES, signal);
    if (answer.kind === 'content') return answer.bytes;
    uri = URL.canParse(answer.location, uri) ? new URL(answer.location, uri).href : answer.location;
  }
  const message = `${withoutSecrets(start)} redirects more than ${MAX_REDIRECTS} times. Use the final URL.`;
  throw new KilnError({ code: 'DownloadFailed', message, passing: false });
}

/** A name server that cannot be reached says EAI_AGAIN instead. */
function hasNoSuchHost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
}

function notAllowed(start: string, uri: string, reason: string): KilnError {
  const via = start === uri ? '' : ` (redirected from ${withoutSecrets(start)})`;
  return new KilnError({
    code: 'UrlNotAllowed',
    message: `${withoutSecrets(uri)}${via} ${reason}. Use a public https URL or an uploaded artifact.`,
  });
}
