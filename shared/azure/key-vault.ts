import { KilnError } from '../errors/failure.ts';
import { parseSecretId, type SecretId } from '../template/secret-id.ts';
import type { Credential } from './credential.ts';

/** Reads the value of a Key Vault secret by its id. The value leaves the caller in protected parameters only. */
export type SecretReader = (id: string) => Promise<string>;

const API_VERSION = '7.4';
const PATIENCE_MS = 15_000;

type Options = {
  readonly credential: Credential;
  /** Stand-in for all vaults on this machine: asked at `<endpoint>/<host of the vault>`. Absent: each vault itself. */
  readonly endpoint?: string;
};

/**
 * https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret. Throws `SecretNotReadable` for what a
 * person has to mend, `AzureUnavailable` for what may pass.
 */
export function createSecretReader({ credential, endpoint }: Options): SecretReader {
  return async (id) => {
    const secret = parseSecretId(id);
    if (secret === undefined) throw unreadable(id, 'it is not the id of a Key Vault secret');
    // https://vault.azure.net and its like in other clouds: the host without the vault.
    const audience = `https://${secret.host.slice(secret.host.indexOf('.') + 1)}`;
    const token = await credential.getToken(`${audience}/.default`);
    const answer = await ask(urlOf(secret, endpoint), token?.token ?? '', id);
    const value = valueOf(answer);
    if (value === undefined || value.includes('\0'))
      throw unreadable(id, 'its value is not a text that an environment variable can hold');
    return value;
  };
}

function urlOf({ host, name, version = '' }: SecretId, endpoint: string | undefined): string {
  const base = endpoint === undefined ? `https://${host}` : `${endpoint}/${host}`;
  return `${base}/secrets/${name}/${version}?api-version=${API_VERSION}`;
}

async function ask(url: string, token: string, id: string): Promise<unknown> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const answer = await fetch(url, { headers, signal, redirect: 'error' }).catch((error: unknown) => {
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
  throw unreadable(id, answer.status === 404 ? 'it does not exist' : `Key Vault answered ${answer.status}`);
}

function valueOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('value' in answer)) return undefined;
  return typeof answer.value === 'string' ? answer.value : undefined;
}

function unreadable(id: string, why: string): KilnError {
  return new KilnError({ code: 'SecretNotReadable', message: `The secret ${id} could not be read: ${why}.` });
}
