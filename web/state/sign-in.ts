import { signal } from '@preact/signals';
import * as oauth from 'oauth4webapi';
import { object, text } from '../../cli/api/json.ts';
import { go, homePath } from './route.ts';

// Authorization code with PKCE and refresh tokens, as a public client of the app registration:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow. Tokens are in memory and nowhere else.

type Way = { readonly authority: string; readonly clientId: string; readonly scope: string };
type Tokens = { readonly access: string; readonly until: number; readonly refresh: string | undefined };

export type SignInState =
  | { readonly is: 'starting' | 'in' }
  | { readonly is: 'out'; readonly why: string; readonly canSignIn: boolean };

export const signInState = signal<SignInState>({ is: 'starting' });

const PENDING = 'kiln-sign-in';
/** Milliseconds before its end that a token is renewed. */
const EARLY = 5 * 60_000;

let way: Way | undefined;
let server: oauth.AuthorizationServer | undefined;
let tokens: Promise<Tokens> | undefined;

/** Reads how to sign in, takes what the authority has sent, or goes there. Ends `in` or `out`. */
export async function begin(): Promise<void> {
  try {
    way = await readWay();
    if (way === undefined)
      return out(
        'Nobody can sign in here: the app has no setting KILN_UI_CLIENT_ID, or no app registration.',
        false,
      );
    const found = new URLSearchParams(location.search);
    if (found.has('code') || found.has('error')) await comeBack(way);
    else await signIn();
  } catch (error) {
    out(`Signing in has failed: ${reasonOf(error)}`, way !== undefined);
  }
}

/** Leaves the page for the authority, which sends the reader back to the same address. */
export async function signIn(): Promise<void> {
  if (way === undefined) return begin();
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const back = `${location.pathname}${location.search}${location.hash}`;
  // Good for one code of this tab, which the authority gives to this page only.
  sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, back }));
  const { authorization_endpoint: endpoint } = await serverOf(way);
  if (endpoint === undefined) throw new Error('The authority has no authorization endpoint.');
  const url = new URL(endpoint);
  const parameters = {
    client_id: way.clientId,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: scopeOf(way),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url.href);
}

/** A token that is good for some minutes yet; renewed without the reader. Throws when that does not go. */
export async function token(): Promise<string> {
  const known = await tokens;
  if (known !== undefined && known.until - Date.now() > EARLY) return known.access;
  if (known?.refresh === undefined || way === undefined) throw new Error('The session has ended.');
  return (await renewing(way, known)).access;
}

let underWay: Promise<Tokens> | undefined;

/** Whoever comes first renews for all that ask meanwhile: a refresh token is good once. */
function renewing(known: Way, { refresh = '' }: Tokens): Promise<Tokens> {
  underWay ??= renew(known, refresh).finally(() => (underWay = undefined));
  tokens = underWay;
  return underWay;
}

/** The API does not take the token any more. */
export function expired(why: string): void {
  tokens = undefined;
  out(why, true);
}

async function readWay(): Promise<Way | undefined> {
  const response = await fetch('/ui/config.json', { cache: 'no-store' });
  const config = object(await response.json());
  if (!response.ok) throw new Error(text(object(config['error'])['message']) ?? `status ${response.status}`);
  const found = object(config['signIn']);
  const [authority, clientId, scope] = ['authority', 'clientId', 'scope'].map((name) => text(found[name]));
  if (authority === undefined || clientId === undefined || scope === undefined) return undefined;
  return { authority, clientId, scope };
}

async function comeBack(known: Way): Promise<void> {
  const pending = object(JSON.parse(sessionStorage.getItem(PENDING) ?? '{}'));
  sessionStorage.removeItem(PENDING);
  const [verifier = '', state = '', back = homePath] = ['verifier', 'state', 'back'].map((name) =>
    text(pending[name]),
  );
  const given = new URL(location.href);
  // A code is good once: it does not stay in the address and in the history.
  go(back.startsWith(homePath) ? back : homePath, 'replace');
  if (given.searchParams.has('error')) return out(refusalOf(given.searchParams), true);
  const [authority, client] = [await serverOf(known), clientOf(known)];
  const parameters = oauth.validateAuthResponse(authority, client, given, state);
  const response = await oauth.authorizationCodeGrantRequest(
    authority,
    client,
    oauth.None(),
    parameters,
    redirectUri(),
    verifier,
    options(known),
  );
  const answer = await oauth.processAuthorizationCodeResponse(authority, client, response);
  tokens = Promise.resolve(tokensOf(answer, undefined));
  signInState.value = { is: 'in' };
}

async function renew(known: Way, refresh: string): Promise<Tokens> {
  const [authority, client] = [await serverOf(known), clientOf(known)];
  const more = { ...options(known), additionalParameters: { scope: scopeOf(known) } };
  const response = await oauth.refreshTokenGrantRequest(authority, client, oauth.None(), refresh, more);
  return tokensOf(await oauth.processRefreshTokenResponse(authority, client, response), refresh);
}

function tokensOf(
  { access_token: access, expires_in: seconds = 3600, refresh_token: next }: oauth.TokenEndpointResponse,
  refresh: string | undefined,
): Tokens {
  return { access, until: Date.now() + seconds * 1000, refresh: next ?? refresh };
}

async function serverOf(known: Way): Promise<oauth.AuthorizationServer> {
  if (server !== undefined) return server;
  const issuer = new URL(known.authority);
  const response = await oauth.discoveryRequest(issuer, options(known));
  server = await oauth.processDiscoveryResponse(issuer, response);
  return server;
}

const clientOf = ({ clientId }: Way): oauth.Client => ({ client_id: clientId });
const redirectUri = (): string => `${location.origin}${homePath}`;
/** `offline_access` is what a refresh token is asked for with. */
const scopeOf = ({ scope }: Way): string => `${scope} offline_access`;

/** Plain http for an authority on this machine only. */
function options({ authority }: Way): { [oauth.allowInsecureRequests]: boolean } {
  return { [oauth.allowInsecureRequests]: ['127.0.0.1', 'localhost'].includes(new URL(authority).hostname) };
}

function refusalOf(found: URLSearchParams): string {
  const error = found.get('error') ?? '';
  if (error === 'login_required')
    return 'This browser has no session. Open the address that `kiln open` gives.';
  return `The authority has refused: ${error}. ${found.get('error_description') ?? ''}`;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function out(why: string, canSignIn: boolean): void {
  signInState.value = { is: 'out', why, canSignIn };
}
