import type { JWTPayload } from 'jose';
import { type AccessPolicy, namedIn } from '../../shared/access/policy.ts';
import type { Principal } from '../../shared/model/principal.ts';

/**
 * Who calls. The object id is the principal's in every token; an application is also known by its client id, in tokens of
 * version 1 as `appid`. Of groups and roles those count that the policy names.
 */
export function callerOf(claims: JWTPayload, policy: AccessPolicy): Principal {
  const text = (name: string) => {
    const value = claims[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const appId = text('azp') ?? text('appid');
  const id = text('oid') ?? appId ?? text('sub') ?? '';
  const memberOf = namedIn(policy, [
    ...textsOf(claims['groups']),
    ...textsOf(claims['roles']).map((role) => `role:${role}`),
  ]);
  return {
    kind: isApplication(claims) ? 'app' : 'user',
    id,
    ...(appId !== undefined && { appId }),
    ...(memberOf.length > 0 && { memberOf }),
  };
}

/** https://learn.microsoft.com/entra/identity-platform/optional-claims-reference: `idtyp`; people's tokens have scopes. */
function isApplication({ idtyp, scp, oid, sub }: JWTPayload): boolean {
  if (typeof idtyp === 'string') return idtyp === 'app';
  return scp === undefined && (oid === undefined || oid === sub);
}

/** A claim with one text or several. */
export function textsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : [];
}
