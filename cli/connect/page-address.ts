import { object, text } from '../api/json.ts';
import { unreachable } from '../api/client.ts';
import { CliError, EXIT } from '../errors.ts';
import type { Connection } from './connect.ts';
import type { LocalEndpoints } from './local-endpoints.ts';

/** Below the address of Kiln. */
const PAGE = '/ui/';

/**
 * The address of the web page, or of a place on it (`path` begins with `/ui/`). For local mode it holds a key that lets one browser in,
 * once: whoever can read the data folder may have one.
 */
export async function pageAddress(
  { client, local }: Pick<Connection, 'client' | 'local'>,
  path: string = PAGE,
): Promise<string> {
  return local === undefined ? `${client.endpoint}${path}` : localPageAddress(local, path);
}

export async function localPageAddress(local: LocalEndpoints, path: string = PAGE): Promise<string> {
  const { tokenUrl, clientSecret = '' } = local;
  const body = new URLSearchParams({ client_secret: clientSecret });
  const response = await fetch(tokenUrl.replace(/token$/, 'one-time-key'), { method: 'POST', body }).catch(
    (error: unknown) => {
      throw unreachable(new URL(tokenUrl).origin, error instanceof Error ? error : new Error(String(error)));
    },
  );
  const key = text(object(await response.json().catch(() => undefined))['key']);
  if (key === undefined)
    throw new CliError({
      exitCode: EXIT.unreachable,
      message: `Local mode gave no key for its page (status ${response.status}).`,
      remedy: 'Restart `kiln local`.',
    });
  const address = new URL(tokenUrl.replace(/token$/, 'enter'));
  address.searchParams.set('key', key);
  address.searchParams.set('to', path);
  return address.href;
}
