import { readFile } from 'node:fs/promises';
import { number, object, text } from '../api/json.ts';
import { CliError, EXIT } from '../errors.ts';
import { setting, type Environment } from './setting.ts';
import type { Token } from './tokens.ts';

/** Who the pipeline is to Entra, and how it proves that: no secret is stored anywhere. */
export type Federation = {
  readonly clientId: string;
  readonly tenantId: string;
  readonly authority: string;
  /** A token of the pipeline's own issuer, fresh for each use: it lives for minutes only. */
  readonly assertion: () => Promise<string>;
};

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';
/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust */
const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange';

/**
 * Workload identity federation, when the environment offers it: the OIDC token of a GitHub job with
 * `permissions: id-token: write`, or the file that AZURE_FEDERATED_TOKEN_FILE names (AKS and others).
 */
export function findFederation(env: Environment): Federation | undefined {
  const clientId = setting(env, 'AZURE_CLIENT_ID');
  const tenantId = setting(env, 'AZURE_TENANT_ID');
  if (clientId === undefined || tenantId === undefined) return undefined;
  const authority = (setting(env, 'AZURE_AUTHORITY_HOST') ?? PUBLIC_CLOUD).replace(/\/+$/, '');
  const assertion = assertionSource(env);
  return assertion === undefined ? undefined : { clientId, tenantId, authority, assertion };
}

function assertionSource(env: Environment): (() => Promise<string>) | undefined {
  const file = setting(env, 'AZURE_FEDERATED_TOKEN_FILE');
  if (file !== undefined)
    return () =>
      readFile(file, 'utf8').then(
        (token) => token.trim(),
        (error: unknown) => {
          throw noToken(`AZURE_FEDERATED_TOKEN_FILE cannot be read: ${String(error)}`, 'Check the path.');
        },
      );
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  return url === undefined || secret === undefined ? undefined : () => githubToken(url, secret);
}

/** https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
async function githubToken(url: string, secret: string): Promise<string> {
  const target = new URL(url);
  target.searchParams.set('audience', EXCHANGE_AUDIENCE);
  const { status, body } = await ask(target, { headers: { authorization: `Bearer ${secret}` } });
  const token = text(body['value']);
  if (token !== undefined) return token;
  throw noToken(
    `GitHub gave no OIDC token (status ${status}).`,
    'Give the job `permissions: id-token: write`.',
  );
}

/** Exchanges the pipeline's token for one that Kiln accepts. `audience` without `/.default`. */
export async function federatedToken(federation: Federation, audience: string): Promise<Token> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: federation.clientId,
    scope: `${audience}/.default`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await federation.assertion(),
  });
  const url = new URL(`${federation.authority}/${federation.tenantId}/oauth2/v2.0/token`);
  const { status, body } = await ask(url, { method: 'POST', body: form });
  const value = text(body['access_token']);
  if (value === undefined) {
    // Entra's description says which subject and issuer it saw, which is what a wrong setup needs to know.
    const why = text(body['error_description'])?.split(/[\r\n]/)[0] ?? `status ${status}`;
    throw noToken(
      `Entra gave client ${federation.clientId} no token for ${audience}: ${why}`,
      'Add a federated credential for this pipeline to the app registration, and give it the app role Builder.',
    );
  }
  return { value, expiresAt: Date.now() + (number(Number(body['expires_in'])) ?? 3600) * 1000 };
}

async function ask(
  url: URL,
  init: RequestInit,
): Promise<{ status: number; body: ReturnType<typeof object> }> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) }).catch(
    (error: unknown) => {
      throw noToken(
        `${url.origin} cannot be reached for a token: ${String(error)}`,
        'Check the network of the job.',
      );
    },
  );
  return { status: response.status, body: object(await response.json().catch(() => undefined)) };
}

const noToken = (message: string, remedy: string): CliError =>
  new CliError({ exitCode: EXIT.unreachable, message, remedy });
