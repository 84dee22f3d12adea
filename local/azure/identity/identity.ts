import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { isObject, parseObject, type JsonObject } from '../json.ts';

/** Seconds; Entra's access tokens live 60 to 90 minutes. */
export const TOKEN_LIFETIME = 3600;

export type TokenRequest = {
  /** `https://management.azure.com/` or `api://…`; `/.default` is cut off. */
  readonly audience: string;
  readonly clientId: string;
  readonly issuer: string;
  /** Name of a person instead of an app. */
  readonly person?: string;
};

/** Client id of the app's system-assigned identity. */
export const SYSTEM_ASSIGNED = '00000000-0000-4000-8000-00006b696c6e';

/** Who holds a token. */
export type Caller = { readonly clientId: string; readonly objectId: string };

type Verified = { readonly caller: Caller; readonly expiry: number };

/** The tenant of the local cloud: one signing key, kept with the data so that tokens outlive a restart. */
export class Identity {
  readonly tenantId: string;
  /** Name of the issuer in every token; undefined: the address that the client used. */
  issuer: string | undefined;
  readonly #privateJwk: JWK;
  readonly #publicJwk: JWK;
  readonly #roles: readonly string[];
  readonly #verified = new Map<string, Verified>();

  private constructor(tenantId: string, keys: { privateJwk: JWK; publicJwk: JWK }, roles: readonly string[]) {
    this.tenantId = tenantId;
    this.#privateJwk = keys.privateJwk;
    this.#publicJwk = keys.publicJwk;
    this.#roles = roles;
  }

  static async open(dataDir: string, tenantId: string, roles: readonly string[]): Promise<Identity> {
    const file = path.join(dataDir, 'signing-key.json');
    const stored = await readFile(file, 'utf8').catch(() => undefined);
    const privateJwk = stored === undefined ? await createKey(file) : parseObject(stored);
    if (!isPrivateJwk(privateJwk)) throw new Error(`${file} is no RSA key. Remove it to get a new one.`);
    const { kty, n, e, kid } = privateJwk;
    return new Identity(
      tenantId,
      { privateJwk, publicJwk: { kty, n, e, kid, alg: 'RS256', use: 'sig' } },
      roles,
    );
  }

  /** A token as Entra's client-credentials flow gives it, an app and no user; or one of a person, which has scopes. */
  async issue({ audience, clientId, issuer, person }: TokenRequest): Promise<string> {
    const objectId = guidFrom(person ?? clientId);
    return new SignJWT({
      oid: objectId,
      appid: clientId,
      azp: clientId,
      ...(person === undefined
        ? { idtyp: 'app' }
        : { idtyp: 'user', scp: 'user_impersonation', name: person }),
      tid: this.tenantId,
      roles: [...this.#roles],
      ver: '1.0',
      uti: randomUUID(),
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.#publicJwk.kid ?? '' })
      .setIssuer(issuer)
      .setSubject(objectId)
      .setAudience(audience)
      .setIssuedAt()
      .setNotBefore('-5m')
      .setExpirationTime(`${TOKEN_LIFETIME}s`)
      .sign(await importJWK(this.#privateJwk, 'RS256'));
  }

  /**
   * Says who holds the token. Throws when it was not made by this cloud, has expired or is for somebody else. The issuer is not compared:
   * it names the listener that was asked, and one cloud may have several.
   */
  async verify(token: string, isAudience: (audience: string) => boolean): Promise<Caller> {
    const known = this.#verified.get(token);
    if (known !== undefined && known.expiry > Date.now() / 1000) return known.caller;
    const key = await importJWK(this.#publicJwk, 'RS256');
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'aud'],
    });
    const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud ?? ''];
    if (payload['tid'] !== this.tenantId) throw new Error(`The token's tenant is not ${this.tenantId}.`);
    if (!audiences.some(isAudience))
      throw new Error(`The access token was obtained for audience '${audiences.join(' ')}'.`);
    // Clients use one token for an hour; a small map saves an RSA check for each call.
    if (this.#verified.size > 200) this.#verified.clear();
    const caller = { clientId: String(payload['appid']), objectId: String(payload['oid']) };
    this.#verified.set(token, { caller, expiry: payload.exp ?? 0 });
    return caller;
  }

  jwks(): JsonObject {
    const { kty = '', n = '', e = '', kid = '' } = this.#publicJwk;
    return { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] };
  }
}

async function createKey(file: string): Promise<JsonObject | undefined> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const text = JSON.stringify({ ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256' });
  await writeFile(file, text, { mode: 0o600 });
  return parseObject(text);
}

function isPrivateJwk(
  value: JsonObject | undefined,
): value is JsonObject & Required<Pick<JWK, 'n' | 'e' | 'd' | 'kid'>> & { kty: 'RSA' } {
  return isObject(value) && ['kty', 'n', 'e', 'd', 'kid'].every((name) => typeof value[name] === 'string');
}

/** The same client always has the same object id, as a service principal has. */
export function guidFrom(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
