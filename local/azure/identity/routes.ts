import type { Cloud } from '../cloud.ts';
import { ArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { ok, type Answer, type Route } from '../http/route.ts';
import { textAt } from '../json.ts';
import { isEqual, knowsSecret } from './client-secret.ts';
import { SYSTEM_ASSIGNED, TOKEN_LIFETIME } from './identity.ts';
import { imageAliases, metadataEndpoints } from './metadata.ts';
import { personToken, SignIn } from './sign-in.ts';

/** What gives tokens: each form of asking has its secret. */
export type Secrets = {
  /** Of the app, for the App-Service-style end point; another one at each start. */
  readonly identityHeader: string;
  /** Of whoever can read the data directory. */
  readonly clientSecret: string;
  /** Absent: nobody signs in at a browser. */
  readonly signIn?: SignIn;
};

/** Everything a client needs before it may call ARM. */
export function identityRoutes({
  identityHeader,
  clientSecret,
  signIn = new SignIn(undefined),
}: Secrets): readonly Route[] {
  return [
    open('ManagedIdentity_GetToken', 'GET', '/msi/token', (request, cloud) =>
      managedIdentity(request, cloud, identityHeader),
    ),
    open('ManagedIdentity_PostToken', 'POST', '/msi/token', (request, cloud) =>
      cloudShellToken(request, cloud, clientSecret),
    ),
    open('Adfs_Token', 'POST', '/adfs/oauth2/token', (request, cloud) =>
      isOfPerson(request)
        ? personToken(request, cloud, signIn)
        : clientCredentials(request, cloud, clientSecret),
    ),
    open('Adfs_OneTimeKey', 'POST', '/adfs/oauth2/one-time-key', (request) =>
      signIn.giveKey(request, clientSecret),
    ),
    open('Adfs_Enter', 'GET', '/adfs/oauth2/enter', (request) => signIn.enter(request)),
    open('Adfs_Authorize', 'GET', '/adfs/oauth2/authorize', (request) => signIn.authorize(request)),
    open('Adfs_OpenIdConfiguration', 'GET', '/adfs/.well-known/openid-configuration', openIdConfiguration),
    open('Adfs_Keys', 'GET', '/adfs/discovery/keys', (_, cloud) => ok(cloud.identity.jwks())),
    open('Metadata_Endpoints', 'GET', '/metadata/endpoints', metadataEndpoints),
    open('Metadata_ImageAliases', 'GET', '/aliases.json', imageAliases),
  ];
}

function open(operation: string, method: 'GET' | 'POST', path: string, handle: Route['handle']): Route {
  return { operation, method, path, handle, open: true };
}

function issuerOf(request: ArmRequest): string {
  return `${request.base}/adfs`;
}

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
async function managedIdentity(request: ArmRequest, cloud: Cloud, secret: string): Promise<Answer> {
  if (!isEqual(String(request.headers['x-identity-header']), secret))
    throw new ArmError(401, 'Unauthorized', 'The X-IDENTITY-HEADER header does not match IDENTITY_HEADER.');
  const resource = request.query.get('resource');
  if (resource === null || resource === '')
    throw new ArmError(400, 'BadRequest', 'The resource query parameter is missing.');
  const clientId = request.query.get('client_id') ?? request.query.get('principal_id') ?? SYSTEM_ASSIGNED;
  return ok(await token(request, cloud, { audience: resource, clientId }));
}

/**
 * What clients ask when MSI_ENDPOINT is set; a browser cannot send the Metadata header. This form has no place for a secret
 * but the address itself: `MSI_ENDPOINT=…/msi/token?secret=…`.
 */
async function cloudShellToken(request: ArmRequest, cloud: Cloud, secret: string): Promise<Answer> {
  if (!isEqual(request.query.get('secret') ?? '', secret))
    throw new ArmError(401, 'Unauthorized', 'The query has no secret of this local mode (endpoints.json).');
  if (request.headers['metadata'] !== 'true')
    throw new ArmError(400, 'BadRequest', 'The Metadata: true header is missing.');
  const audience = textAt(request.body, 'resource') ?? `${request.base}/`;
  return ok(await token(request, cloud, { audience, clientId: SYSTEM_ASSIGNED }));
}

const isOfPerson = ({ body }: ArmRequest): boolean =>
  ['authorization_code', 'refresh_token'].includes(textAt(body, 'grant_type') ?? '');

/** Any client that knows the secret of the data directory: that is who owns this cloud. */
async function clientCredentials(request: ArmRequest, cloud: Cloud, secret: string): Promise<Answer> {
  const grant = textAt(request.body, 'grant_type');
  const wanted = textAt(request.body, 'scope') ?? textAt(request.body, 'resource');
  if (grant !== 'client_credentials') return oauthError('unsupported_grant_type', `grant_type ${grant}`);
  if (wanted === undefined) return oauthError('invalid_request', 'scope or resource is missing');
  if (!knowsSecret(request, secret))
    return oauthError(
      'invalid_client',
      'the client secret is not that of this local mode (endpoints.json)',
      401,
    );
  const clientId = textAt(request.body, 'client_id') ?? SYSTEM_ASSIGNED;
  const {
    expires_in: lifetime,
    expires_on: end,
    ...issued
  } = await token(request, cloud, {
    audience: wanted.replace(/\/\.default$/, ''),
    clientId,
  });
  // RFC 6749 wants a number, and az adds it to one.
  return ok({ ...issued, expires_in: Number(lifetime), expires_on: Number(end) });
}

function oauthError(error: string, description: string, status = 400): Answer {
  return { status, body: { error, error_description: description } };
}

async function token(request: ArmRequest, cloud: Cloud, ask: { audience: string; clientId: string }) {
  const issued = await cloud.identity.issue({
    ...ask,
    issuer: cloud.identity.issuer ?? issuerOf(request),
  });
  return {
    access_token: issued,
    token_type: 'Bearer',
    // Numbers as strings: the form of App Service's end point.
    expires_in: String(TOKEN_LIFETIME),
    expires_on: String(Math.floor(Date.now() / 1000) + TOKEN_LIFETIME),
    resource: ask.audience,
    client_id: ask.clientId,
  };
}

function openIdConfiguration(request: ArmRequest): Answer {
  const issuer = issuerOf(request);
  return ok({
    issuer,
    authorization_endpoint: `${issuer}/oauth2/authorize`,
    token_endpoint: `${issuer}/oauth2/token`,
    jwks_uri: `${issuer}/discovery/keys`,
    response_types_supported: ['code', 'id_token', 'token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    grant_types_supported: ['client_credentials', 'authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
  });
}
