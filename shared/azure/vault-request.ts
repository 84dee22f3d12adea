import { KilnError } from '../errors/failure.ts';
import type { SecretId } from '../model/secret-id.ts';
import type { Credential } from './credential.ts';

const API_VERSION = '7.4';
const PATIENCE_MS = 15_000;

export type VaultOptions = {
  readonly credential: Credential;
  /** Stand-in for all vaults on this machine: asked at `<endpoint>/<host of the vault>`. Absent: each vault itself. */
  readonly endpoint?: string;
};

type Request = {
  /** Below the vault, without a slash in front. */
  readonly path: string;
  readonly body?: unknown;
  /** For messages. */
  readonly id: string;
  /** What is thrown for what a person has to mend. */
  readonly refused: (why: string) => KilnError;
};

/** One request to the data plane of a vault. Throws `AzureUnavailable` for what may pass. */
export async function askVault(
  { credential, endpoint }: VaultOptions,
  { host }: Pick<SecretId, 'host'>,
  { path, body, id, refused }: Request,
): Promise<unknown> {
  // https://vault.azure.net and its like in other clouds: the host without the vault.
  const audience = `https://${host.slice(host.indexOf('.') + 1)}`;
  const token = await credential.getToken(`${audience}/.default`);
  const base = endpoint === undefined ? `https://${host}` : `${endpoint}/${host}`;
  const headers = {
    authorization: `Bearer ${token?.token ?? ''}`,
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const answer = await fetch(`${base}/${path}?api-version=${API_VERSION}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new KilnError(
      { code: 'AzureUnavailable', message: `Key Vault did not answer for ${id}.` },
      { cause: error },
    );
  });
  if (answer.ok) return answer.json();
  // The body of a refusal is not read: it says nothing that the status does not, and may repeat the request.
  if (answer.status === 429 || answer.status >= 500) {
    const message = `Key Vault answered ${answer.status} for ${id}.`;
    throw new KilnError({ code: 'AzureUnavailable', message });
  }
  throw refused(answer.status === 404 ? 'it does not exist' : `Key Vault answered ${answer.status}`);
}
