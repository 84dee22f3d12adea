import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { KilnError } from '../../shared/errors/failure.ts';
import { OPEN } from '../../shared/access/policy.ts';
import type { Principal } from '../../shared/model/principal.ts';
import { VerifiedTokens } from './verified.ts';
import { callerOf, textsOf } from './caller.ts';
import type { AuthSettings, Settings } from '../settings.ts';

/** App roles, each with all rights of the ones before: read; build and change templates; delete. */
export const ROLES = ['Reader', 'Builder', 'Admin'] as const;
export type Role = (typeof ROLES)[number];

/** Seconds that clocks may differ. */
const TOLERANCE = 60;

/** Checks the Authorization header of a request. Throws `Unauthenticated`, or `Forbidden` when the role is missing. */
export type Access = (authorization: string | null, needed: Role) => Promise<Principal>;

export function createAccess(auth: Settings['auth'], policy = OPEN): Access {
  if ('missing' in auth) {
    const message = `Kiln refuses every request until these settings are set: ${auth.missing.join(', ')}.`;
    return () => Promise.reject(new KilnError({ code: 'Unauthenticated', message }));
  }
  // Fetched when the first token comes, kept, and fetched again when a token names a key that is not in it.
  const keys = createRemoteJWKSet(new URL(auth.jwksUrl));
  const verified = new VerifiedTokens();
  return async (authorization, needed) => {
    const token = /^Bearer +(?<token>\S+)$/i.exec(authorization ?? '')?.groups?.['token'];
    if (token === undefined) throw refused('The request has no bearer token.');
    const claims = await verified.claims(token, TOLERANCE, () => verify(token, keys, auth));
    if (isIdToken(claims))
      throw refused('The token is an ID token, which is for its client. Send an access token.');
    const held = textsOf(claims['roles']);
    const enough = ROLES.slice(ROLES.indexOf(needed));
    if (enough.some((role) => held.includes(role))) return callerOf(claims, policy);
    const message = `The caller has ${held.length === 0 ? 'no app role' : `the roles ${held.join(', ')}`}; this needs ${enough.join(' or ')}.`;
    throw new KilnError({ code: 'Forbidden', message });
  };
}

/** The highest role of a token that `access` has let in. */
export async function roleOf(access: Access, authorization: string | null): Promise<Role> {
  for (const role of ROLES.toReversed()) {
    const held = await access(authorization, role).catch((error: unknown) => {
      if (!(error instanceof KilnError) || error.failure.code !== 'Forbidden') throw error;
    });
    if (held !== undefined) return role;
  }
  return 'Reader';
}

/**
 * Entra ID signs ID tokens with the same keys, and for an app that is its own client with the same audience. Access tokens
 * of both versions name the client (`appid`, `azp`), those of users what they are for (`scp`); ID tokens have none of them.
 * https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 */
function isIdToken(claims: JWTPayload): boolean {
  const has = (name: string): boolean => claims[name] !== undefined;
  if (['nonce', 'at_hash', 'c_hash'].some(has)) return true;
  return has('ver') && !['appid', 'azp', 'scp', 'idtyp'].some(has);
}

/** RS256 only, as Entra ID signs: a token cannot choose its own algorithm, nor `none`. */
async function verify(token: string, keys: JWTVerifyGetKey, auth: AuthSettings): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: auth.issuer,
      audience: [...auth.audiences],
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE,
    });
    if (auth.tenant === undefined || payload['tid'] === auth.tenant) return payload;
  } catch (error) {
    throw explain(error);
  }
  throw refused('The token\'s claim "tid" is not accepted: it is of another tenant.');
}

function explain(error: unknown): KilnError {
  if (error instanceof errors.JWTExpired) return refused('The token has expired. Get a new one.', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`The token's claim "${error.claim}" is not accepted.`, error);
  const isForeign =
    error instanceof errors.JWKSNoMatchingKey ||
    // The issuer has several keys, and the token names none of them.
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JWSSignatureVerificationFailed;
  if (isForeign) return refused('The token is not signed with a key of the issuer.', error);
  const isToken =
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported;
  if (isToken) return refused('The token is not a JWT signed with RS256.', error);
  const message = "The issuer's signing keys cannot be read (KILN_AUTH_JWKS_URL). Repeat the request.";
  return new KilnError({ code: 'AzureUnavailable', message }, { cause: error });
}

function refused(message: string, cause?: unknown): KilnError {
  return new KilnError({ code: 'Unauthenticated', message }, { cause });
}

/** Tells the client what to get a token for (RFC 6750). */
export function challenge(auth: Settings['auth'], hasToken: boolean): string {
  const error = hasToken ? ', error="invalid_token"' : '';
  if ('missing' in auth) return `Bearer realm="kiln"${error}`;
  return `Bearer realm="kiln", authorization_uri="${auth.issuer}", resource_id="${auth.audiences[0] ?? ''}"${error}`;
}
