import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TokenSource } from '../api/client.ts';
import { unreachable } from '../api/client.ts';
import { number, object, text } from '../api/json.ts';
import { CliError, EXIT, refuse } from '../errors.ts';
import type { LocalEndpoints } from './local-endpoints.ts';

export type Token = { readonly value: string; /** Milliseconds since 1970. */ readonly expiresAt: number };

/** Local mode accepts any client that knows its secret; this one names the command in its logs. */
const CLIENT_ID = '00000000-0000-4000-8000-0000006b696c';

/** Keeps a token until shortly before it expires: a build may be watched for longer than a token lives. */
export function cached(fetchToken: () => Promise<Token>): TokenSource {
  let current: Promise<Token> | undefined;
  return async () => {
    const known = current;
    const token = await known?.catch(() => undefined);
    if (token !== undefined && token.expiresAt - Date.now() > 120_000) return token.value;
    // Whoever comes first fetches for all that ask meanwhile.
    const next = current === undefined || current === known ? fetchToken() : current;
    current = next;
    return (await next).value;
  };
}

/** Client credentials against the token endpoint of local mode, with the secret of its folder. */
export async function localToken({
  tokenUrl,
  audience,
  clientSecret = '',
}: Pick<LocalEndpoints, 'tokenUrl' | 'audience' | 'clientSecret'>): Promise<Token> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: clientSecret,
    scope: `${audience}/.default`,
  });
  const response = await fetch(tokenUrl, { method: 'POST', body: form }).catch((error: unknown) => {
    throw unreachable(new URL(tokenUrl).origin, error instanceof Error ? error : new Error(String(error)));
  });
  const body = object(await response.json().catch(() => undefined));
  const value = text(body['access_token']);
  if (!response.ok || value === undefined)
    throw new CliError({
      exitCode: EXIT.unreachable,
      message: `${tokenUrl} gave no token (status ${response.status}).`,
      remedy: 'Restart `kiln local`.',
    });
  const seconds = number(Number(body['expires_in'])) ?? 3600;
  return { value, expiresAt: Date.now() + seconds * 1000 };
}

/**
 * How to start the Azure CLI. On Windows it is `az.cmd`, which only a shell can start: there nothing may be in the arguments
 * that the shell would take for its own. https://nodejs.org/api/child_process.html#spawning-bat-and-cmd-files-on-windows
 */
export function azCommand(
  audience: string,
  platform: NodeJS.Platform = process.platform,
): { readonly file: string; readonly args: readonly string[]; readonly shell: boolean } {
  const args = ['account', 'get-access-token', '--resource', audience, '--output', 'json'];
  if (platform !== 'win32') return { file: 'az', args, shell: false };
  if (!/^[\w:/.-]+$/.test(audience)) throw refuse(`"${audience}" is not the URI of an application.`);
  return { file: 'az.cmd', args, shell: true };
}

/** The signed-in user's token, from the Azure CLI. */
export async function azureToken(audience: string): Promise<Token> {
  const { file, args, shell } = azCommand(audience);
  const { stdout } = await promisify(execFile)(file, args, { shell }).catch((error: unknown) => {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw new CliError({
      exitCode: EXIT.unreachable,
      message: `The Azure CLI gave no token for ${audience}: ${reason}`,
      remedy: 'Run `az login`, or set KILN_TOKEN.',
    });
  });
  const body = object(JSON.parse(stdout));
  const expiresOn = number(body['expires_on']);
  return {
    value: text(body['accessToken']) ?? '',
    expiresAt: expiresOn === undefined ? Date.now() + 30 * 60_000 : expiresOn * 1000,
  };
}
