import type { IncomingHttpHeaders } from 'node:http';
import { ArmError } from '../http/errors.ts';
import type { Caller, Identity } from './identity.ts';

const PUBLIC_AUDIENCES = ['https://management.azure.com', 'https://management.core.windows.net'];

/**
 * Says who calls. Refuses a call without a token of this cloud for ARM; a token for the app's own API is refused too, as in Azure.
 * Throws an ArmError 401.
 */
export async function authorize(
  identity: Identity,
  headers: IncomingHttpHeaders,
  base: string,
): Promise<Caller> {
  const challenge = {
    'WWW-Authenticate': `Bearer authorization_uri="${base}/adfs", error="invalid_token"`,
  };
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new ArmError(
      401,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
      { headers: challenge },
    );
  try {
    return await identity.verify(token, (audience) => isArm(audience, base));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArmError(401, codeOf(reason), `The access token is invalid. ${reason}`, { headers: challenge });
  }
}

function codeOf(reason: string): string {
  if (/"exp" claim/.test(reason)) return 'ExpiredAuthenticationToken';
  return /audience/.test(reason) ? 'InvalidAuthenticationTokenAudience' : 'InvalidAuthenticationToken';
}

/** localhost and 127.0.0.1, http and https are the same cloud. */
function isArm(audience: string, base: string): boolean {
  const plain = audience.replace(/\/+$/, '').toLowerCase();
  if (PUBLIC_AUDIENCES.includes(plain)) return true;
  if (!URL.canParse(plain)) return false;
  const { hostname, port } = new URL(plain);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return loopback && port === new URL(base).port;
}
