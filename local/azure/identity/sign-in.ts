import { createHash, randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import type { ArmRequest } from '../http/request.ts';
import type { Answer } from '../http/route.ts';
import { textAt } from '../json.ts';
import { knowsSecret } from './client-secret.ts';
import { TOKEN_LIFETIME } from './identity.ts';

const SECOND = 1000;
/** Somebody reads the address in a terminal and opens it when there is time. */
const KEY_LIFETIME = 3600 * SECOND;
const CODE_LIFETIME = 60 * SECOND;
/** As long as Entra ID lets a page renew: https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime */
const SESSION_LIFETIME = 24 * 3600 * SECOND;
const COOKIE = 'kiln-session';

type Code = { readonly challenge: string; readonly redirect: string; readonly scope: string };
type OAuthAnswer =
  | { readonly error: string; readonly description: string }
  /** `scope`: what was asked for when the person signed in. */
  | { readonly refreshToken: string; readonly scope: string };

/**
 * The person of local mode at a browser, as Entra ID knows one: a session behind a cookie, authorization codes with PKCE, refresh
 * tokens that are new each time. A one-time key stands for the password: who can read the data directory may have one.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export class SignIn {
  readonly #app: string | undefined;
  readonly #keys = new Expiring<true>();
  readonly #sessions = new Expiring<true>();
  readonly #codes = new Expiring<Code>();
  /** With the scope that they are for. */
  readonly #refreshes = new Expiring<string>();

  /** `app`: origin of the page, the only one that may be sent back to. */
  constructor(app: string | undefined) {
    this.#app = app === undefined ? undefined : new URL(app).origin;
  }

  /** For whoever knows the secret of the data directory. */
  giveKey(request: ArmRequest, secret: string): Answer {
    if (!knowsSecret(request, secret)) return refused(401, 'invalid_client', 'the client secret is wrong');
    return {
      status: 200,
      body: { key: this.#keys.add(true, KEY_LIFETIME), expires_in: KEY_LIFETIME / SECOND },
    };
  }

  /** A browser comes with a key and goes to the page; without a valid one it goes there too and is told what to do. */
  enter({ query }: ArmRequest): Answer {
    const to = query.get('to') ?? '/ui/';
    // A path of the page and nothing that a browser would take for another host.
    const path = /^\/ui(?:\/[^\\]*)?$/.test(to) ? to : '/ui/';
    const headers = { Location: `${this.#app ?? ''}${path}`, 'Referrer-Policy': 'no-referrer' };
    if (this.#keys.take(query.get('key') ?? '') === undefined) return { status: 302, headers };
    const session = this.#sessions.add(true, SESSION_LIFETIME);
    const cookie = `${COOKIE}=${session}; Path=/adfs/oauth2; HttpOnly; SameSite=Strict; Max-Age=${SESSION_LIFETIME / SECOND}`;
    return { status: 302, headers: { ...headers, 'Set-Cookie': cookie } };
  }

  /** Sends a browser with a session back with a code, any other with `login_required`: there is no form to fill in here. */
  authorize({ query, headers }: ArmRequest): Answer {
    const redirect = query.get('redirect_uri') ?? '';
    if (!URL.canParse(redirect) || new URL(redirect).origin !== this.#app)
      return refused(400, 'invalid_request', 'redirect_uri is not the page of this local mode');
    const challenge = query.get('code_challenge') ?? '';
    const code = { challenge, redirect, scope: query.get('scope') ?? '' };
    const isWhole = query.get('response_type') === 'code' && query.get('code_challenge_method') === 'S256';
    const target = new URL(redirect);
    const state = query.get('state');
    if (state !== null) target.searchParams.set('state', state);
    const session = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1];
    if (!isWhole || challenge === '') target.searchParams.set('error', 'invalid_request');
    else if (!this.#sessions.has(session ?? '')) target.searchParams.set('error', 'login_required');
    else target.searchParams.set('code', this.#codes.add(code, CODE_LIFETIME));
    return { status: 302, headers: { Location: target.href, 'Referrer-Policy': 'no-referrer' } };
  }

  /** `authorization_code` and `refresh_token`, each good once. */
  redeem({ body }: ArmRequest): OAuthAnswer {
    if (textAt(body, 'grant_type') === 'refresh_token') {
      const known = this.#refreshes.take(textAt(body, 'refresh_token') ?? '');
      return known === undefined ? INVALID : this.#renewed(known);
    }
    const code = this.#codes.take(textAt(body, 'code') ?? '');
    const verifier = createHash('sha256')
      .update(textAt(body, 'code_verifier') ?? '')
      .digest('base64url');
    const isOwn = code?.challenge === verifier && code.redirect === textAt(body, 'redirect_uri');
    return isOwn ? this.#renewed(code.scope) : INVALID;
  }

  #renewed(scope: string): OAuthAnswer {
    return { refreshToken: this.#refreshes.add(scope, SESSION_LIFETIME), scope };
  }
}

const INVALID: OAuthAnswer = {
  error: 'invalid_grant',
  description: 'The code or token is used up, or wrong.',
};

export async function personToken(request: ArmRequest, cloud: Cloud, signIn: SignIn): Promise<Answer> {
  const redeemed = signIn.redeem(request);
  if ('error' in redeemed) return refused(400, redeemed.error, redeemed.description);
  const { scope, refreshToken } = redeemed;
  const [audience = ''] = scope.split(' ').filter((one) => one.endsWith('/.default'));
  const token = await cloud.identity.issue({
    audience: audience.replace(/\/\.default$/, ''),
    clientId: textAt(request.body, 'client_id') ?? '',
    issuer: cloud.identity.issuer ?? `${request.base}/adfs`,
    person: 'person at this machine',
  });
  return {
    status: 200,
    body: {
      access_token: token,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME,
      refresh_token: refreshToken,
      scope,
    },
    headers: { 'Cache-Control': 'no-store' },
  };
}

function refused(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

/** Random names for values, each for a while. */
class Expiring<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();

  add(value: T, lifetime: number): string {
    const name = randomBytes(32).toString('base64url');
    for (const [old, { until }] of this.#entries) if (until < Date.now()) this.#entries.delete(old);
    this.#entries.set(name, { value, until: Date.now() + lifetime });
    return name;
  }

  has(name: string): boolean {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.until >= Date.now();
  }

  /** The value, once. */
  take(name: string): T | undefined {
    const found = this.has(name) ? this.#entries.get(name)?.value : undefined;
    this.#entries.delete(name);
    return found;
  }
}
