import { randomBytes, timingSafeEqual } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IncomingHttpHeaders } from 'node:http';
import { type JsonObject, textAt } from '../json.ts';

/**
 * A secret of a data directory, made at its first start: `client-secret` for the token end point, `identity-header` for what
 * IDENTITY_HEADER must be. Everybody on the machine, and a guest that finds a way to its loopback address, reaches the end
 * point; who can read the directory may have tokens.
 */
export async function secretOf(dataDir: string, name: 'client-secret' | 'identity-header'): Promise<string> {
  const file = path.join(dataDir, name);
  const known = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  const secret = randomBytes(32).toString('hex');
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${secret}\n`);
  } finally {
    await handle.close();
  }
  return secret;
}

/** True when the request has the secret in its body or as a password (RFC 6749, 2.3.1). */
export function knowsSecret(
  { headers, body }: { readonly headers: IncomingHttpHeaders; readonly body: JsonObject | undefined },
  secret: string,
): boolean {
  return [textAt(body, 'client_secret'), basicPassword(headers)].some(
    (given) => given !== undefined && isEqual(given, secret),
  );
}

function basicPassword({ authorization }: IncomingHttpHeaders): string | undefined {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s);
  return password;
}

/** In the same time whatever was given. */
export function isEqual(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
