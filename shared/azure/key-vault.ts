import { KilnError } from '../errors/failure.ts';
import { parseSecretId } from '../model/secret-id.ts';
import { askVault, type VaultOptions } from './vault-request.ts';

/** Reads the value of a Key Vault secret by its id. The value leaves the caller in protected parameters only. */
export type SecretReader = (id: string) => Promise<string>;

/**
 * https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret. Throws `SecretNotReadable` for what a
 * person has to mend, `AzureUnavailable` for what may pass.
 */
export function createSecretReader(options: VaultOptions): SecretReader {
  return async (id) => {
    const secret = parseSecretId(id);
    if (secret === undefined) throw unreadable(id, 'it is not the id of a Key Vault secret');
    const { name, version = '' } = secret;
    const refused = (why: string) => unreadable(id, why);
    const answer = await askVault(options, secret, { path: `secrets/${name}/${version}`, id, refused });
    const value = valueOf(answer);
    if (value === undefined || value.includes('\0'))
      throw unreadable(id, 'its value is not a text that an environment variable can hold');
    return value;
  };
}

function valueOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('value' in answer)) return undefined;
  return typeof answer.value === 'string' ? answer.value : undefined;
}

function unreadable(id: string, why: string): KilnError {
  return new KilnError({ code: 'SecretNotReadable', message: `The secret ${id} could not be read: ${why}.` });
}
